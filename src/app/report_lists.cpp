#include "app/report_lists.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace countersign::app {
namespace {

/// Nullopt where it is kept no more.
Result<std::optional<StoredEvent>> event_if_kept(View& view, Id id) {
  auto event = view.event(id);
  if (event) return std::optional(*std::move(event));
  if (event.error().fault == Fault::not_found) return std::optional<StoredEvent>();
  return std::unexpected(event.error());
}

}  // namespace

SnapshotLists::SnapshotLists(View& view, const Report& report) : view_(view), report_(report) {}

Result<ReportFinding> SnapshotLists::finding(const FindingPlace& place) {
  ReportFinding found;
  auto approval = view_.approval_alone(place.id);
  if (!approval) return std::unexpected(approval.error());
  found.approval = *std::move(approval);
  found.raised = place.raised;
  auto first = view_.events_under(place.id, {}, 1);
  if (!first) return std::unexpected(first.error());
  if (!first->empty()) found.first = std::move(first->front());
  return found;
}

Result<std::vector<FindingEvent>> SnapshotLists::events(Id finding, Id after, std::size_t limit) {
  auto own = view_.events_under(finding, after, limit);
  if (!own) return std::unexpected(own.error());
  std::vector<FindingEvent> events;
  for (auto& event : *own) {
    FindingEvent of;
    of.event = std::move(event);
    if (auto completed = complete(of); !completed) return std::unexpected(completed.error());
    events.push_back(std::move(of));
  }
  return events;
}

Result<void> SnapshotLists::complete(FindingEvent& of) {
  if (const auto about = parse_id(core::field(of.event.event, "finding.about"))) {
    auto login = event_if_kept(view_, *about);
    if (!login) return std::unexpected(login.error());
    of.login = *std::move(login);
  }
  for (const auto& sighting : of.event.sightings) {
    const auto others = view_.same_id(sighting);
    if (!others) return std::unexpected(others.error());
    for (const auto id : *others) {
      auto other = event_if_kept(view_, id);
      if (!other) return std::unexpected(other.error());
      if (*other) of.same_id.push_back(**std::move(other));
    }
  }
  auto marks = marks_of(of.login ? *of.login : of.event);
  if (!marks) return std::unexpected(marks.error());
  of.marks = *std::move(marks);
  return {};
}

Result<std::vector<std::string>> SnapshotLists::marks_of(const StoredEvent& login) {
  std::vector<std::string> marks;
  const auto& told = login.event;
  const auto host = std::ranges::lower_bound(report_.hosts, told.host, {}, &ReportHost::name);
  if (host != report_.hosts.end() && host->name == told.host && host->believed_until &&
      told.time > *host->believed_until)
    marks.push_back(fmt::format("after the first root session of {} at {}: its own witnesses could be root's",
                                one_line(told.host, 120),
                                to_rfc3339(std::chrono::floor<std::chrono::seconds>(*host->believed_until))));
  auto origin = origin_words(told);
  if (!origin) return std::unexpected(origin.error());
  if (!origin->empty()) marks.push_back(*std::move(origin));
  return marks;
}

/// A session is named by the account it is of, which may be another of the same person's, or somebody else's.
Result<std::string> SnapshotLists::origin_words(const core::Event& told) {
  const auto host = one_line(core::field(told, "via.host"), 120);
  if (host.empty()) return std::string();
  const auto login_user = told.user.empty() ? std::string("somebody") : one_line(told.user, 120);
  if (const auto other = core::field(told, "via.user"); !other.empty())
    return fmt::format("from {}, where {} has a session: it came out of that, and not out of one of {}'s", host,
                       one_line(other, 120), login_user);
  const auto session = parse_id(core::field(told, "via.session"));
  if (!session) return fmt::format("from {}, where {} has no session", host, login_user);
  const auto there = event_if_kept(view_, *session);
  if (!there) return std::unexpected(there.error());
  return fmt::format("from {}, where {} has a session", host,
                     *there && !(*there)->event.user.empty() ? one_line((*there)->event.user, 120) : login_user);
}

Result<std::vector<ReportAsked>> SnapshotLists::asked(core::ApprovalState state, const ReportAsked* after,
                                                      std::size_t limit) {
  return view_.asked(report_.from, report_.to, state, after, limit);
}

}  // namespace countersign::app
