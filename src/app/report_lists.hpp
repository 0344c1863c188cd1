// The lists of a report, from the snapshot that its figures were read from.
#pragma once

#include "app/report.hpp"

namespace countersign::app {

/// Lives no longer than the View and the Report it is made of; on their thread.
class SnapshotLists final : public ReportLists {
 public:
  SnapshotLists(View& view, const Report& report);

  Result<ReportFinding> finding(const FindingPlace& place) override;
  Result<std::vector<FindingEvent>> events(Id finding, Id after, std::size_t limit) override;
  Result<std::vector<ReportAsked>> asked(core::ApprovalState state, const ReportAsked* after,
                                         std::size_t limit) override;

 private:
  /// What an event of a finding is about, read from the store.
  Result<void> complete(FindingEvent& of);
  Result<std::vector<std::string>> marks_of(const StoredEvent& login);
  /// "from bastion, where oswaldo has a session"; empty where it came from none of our hosts.
  Result<std::string> origin_words(const core::Event& told);

  View& view_;
  const Report& report_;
};

}  // namespace countersign::app
