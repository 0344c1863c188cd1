// The View port over one reader's connection, inside one read transaction. Methods live in view_*.cpp.
#pragma once

#include "app/store.hpp"
#include "store/rows.hpp"

namespace countersign::store {

class SqliteView final : public app::View {
 public:
  explicit SqliteView(Connection& connection) : connection_(connection) {}

  Result<app::Page<app::ListedEvent>> events(const app::EventFilter& filter) override;
  Result<app::StoredEvent> event(Id id) override;
  Result<app::Page<app::FullApproval>> approvals(const app::ApprovalFilter& filter) override;
  Result<app::FullApproval> approval(Id id) override;
  Result<std::int64_t> pending_of(std::string_view person) override;
  Result<app::Standing> standing(Timestamp now) override;
  Result<std::vector<app::QuarantineShape>> shapes(std::string_view program, std::size_t limit) override;
  Result<std::vector<app::Quarantined>> quarantine(const app::QuarantineFilter& filter, std::size_t limit) override;
  Result<app::Quarantined> quarantined(Id message) override;
  Result<std::vector<app::AuditEntry>> audit(Id after, std::size_t limit) override;
  Result<std::string> audit_chain() override;
  Result<std::optional<app::Pass>> pass(std::string_view digest) override;

  Result<app::FeedRows> feed(std::string_view cursor, std::size_t limit) override;
  Result<std::string> feed_end() override;
  Result<app::FeedBacklog> feed_backlog(std::string_view mark) override;
  Result<core::Approval> approval_alone(Id id) override;
  Result<std::vector<core::CanaryRun>> canary_runs() override;

  Result<std::vector<core::ExpectedChange>> expected_changes(Timestamp after, bool ended) override;
  Result<std::optional<core::ExpectedChange>> expected_change(Id id) override;
  Result<std::vector<app::SlackUser>> slack_users() override;

  Result<std::vector<HostStreams>> all_streams() override;
  Result<std::vector<app::FirstRoot>> first_roots() override;
  Result<std::vector<app::AliasEvidence>> alias_evidence(std::size_t limit) override;
  Result<std::vector<app::HostWay>> host_ways(Timestamp from, Timestamp to) override;

  Result<std::vector<app::VerdictRow>> verdict_figures(Timestamp from, Timestamp to) override;
  Result<std::vector<app::OriginRow>> origin_figures(Timestamp from, Timestamp to) override;
  Result<std::vector<app::FindingPlace>> findings_of(Timestamp from, Timestamp to) override;
  Result<std::vector<app::StoredEvent>> events_under(Id approval, Id after, std::size_t limit) override;
  Result<std::vector<Id>> same_id(const app::Sighting& sighting) override;
  Result<std::vector<app::ReportAsked>> asked(Timestamp from, Timestamp to, core::ApprovalState state,
                                              const app::ReportAsked* after, std::size_t limit) override;
  Result<app::OpenQuestions> open_questions() override;
  Result<app::ReportApprovals> approval_figures(Timestamp from, Timestamp to) override;
  Result<std::vector<app::ReportQuarantine>> quarantine_figures(Timestamp from, Timestamp to) override;
  Result<std::vector<app::ReportDelivery>> delivery_figures(Timestamp from, Timestamp to) override;
  Result<std::vector<app::RefusedDeliveries>> refused_figures(Timestamp from, Timestamp to) override;
  Result<app::AuditHead> audit_head() override;
  Result<std::vector<app::TakenSighting>> taken(Id after, Id before, std::size_t limit) override;
  Result<std::optional<std::string>> mark(std::string_view name) override;
  Result<std::vector<app::Seal>> seals() override;
  Result<std::optional<app::Seal>> seal(Timestamp from, Timestamp to) override;
  Result<std::optional<app::Seal>> seal(Id id) override;
  Result<std::optional<std::string>> sealed_form(Id seal, std::string_view form) override;
  Result<app::Amendments> amendments(const app::Seal& seal) override;
  Result<std::vector<app::Notification>> told(std::size_t limit) override;

  Result<core::Coverage> coverage(std::string_view host, std::string_view witness, Timestamp from,
                                  Timestamp until) override;
  Result<bool> connection_started(std::string_view host, std::string_view address, std::int64_t port, Timestamp from,
                                  Timestamp until) override;
  Result<std::optional<app::Agent>> joined_agent(std::string_view id) override;
  Result<std::vector<app::AgentHost>> agent_hosts() override;
  Result<std::string> server_key() override;

 private:
  Connection& connection_;
};

}  // namespace countersign::store
