#include "app/finding.hpp"

#include <algorithm>

#include "app/audit_detail.hpp"
#include "app/owed.hpp"

namespace countersign::app {
namespace {

/// A login's burst has a person first; none is called so.
std::string burst_of(std::string_view kind, std::string_view key) {
  return fmt::format("finding\x1f{}\x1f{}", kind, key);
}

core::Severity severity_of_finding(const Finding& finding, const core::Directory& directory) {
  const auto* host = directory.host(finding.event.host);
  return host && host->severity ? std::max(finding.severity, *host->severity) : finding.severity;
}

Result<void> add_finding_event(Ledger& ledger, Id approval, Finding finding, Timestamp now) {
  StoredEvent stored;
  stored.id = ledger.new_id();
  stored.event = std::move(finding.event);
  stored.event.action = "finding_" + finding.kind;
  stored.event.rule = "finding." + finding.kind;
  stored.event.count = 1;
  if (stored.event.time == Timestamp{}) stored.event.time = now;
  if (finding.about) core::set_field(stored.event, "finding.about", to_text(finding.about));
  if (finding.earlier) core::set_field(stored.event, "finding.earlier", to_text(finding.earlier));
  stored.approval = approval;
  stored.verdict = "not_applicable";
  return ledger.add(stored);
}

}  // namespace

Result<void> open_finding(Ledger& ledger, const core::Schedule& schedule, const core::Approval& approval,
                          Timestamp now) {
  if (auto added = ledger.add(approval); !added) return added;
  if (auto noted = ledger.audit(now, "finding", "countersign", detail_of_finding(approval)); !noted) return noted;
  if (auto owed = owe(ledger, schedule, approval, "ask", core::security_channel, now); !owed) return owed;
  return set_timers(ledger, approval.id, core::first_timers(schedule.pace(approval.severity), now, approval.escalated));
}

Result<std::optional<Id>> standing_finding(Ledger& ledger, std::string_view kind, std::string_view key) {
  return ledger.open_burst(burst_of(kind, key), Timestamp{});
}

Result<Raised> raise_finding(Ledger& ledger, const Policy& policy, Finding finding, Timestamp now) {
  auto burst = burst_of(finding.kind, finding.key);
  const auto standing = ledger.open_burst(burst, Timestamp{});
  if (!standing) return std::unexpected(standing.error());
  if (*standing) return Raised{**standing, false};

  core::Approval approval;
  approval.id = ledger.new_id();
  approval.kind = "finding";
  approval.subject = std::move(finding.subject);
  approval.addressed_to = core::security_channel;
  approval.reason = std::move(finding.reason);
  approval.severity = severity_of_finding(finding, policy.directory);
  approval.approvers = finding.approvers;
  approval.needs_reason = finding.needs_reason;
  approval.escalated = true;
  approval.created_at = now;
  approval.burst = std::move(burst);
  if (auto opened = open_finding(ledger, policy.schedule, approval, now); !opened)
    return std::unexpected(opened.error());

  if (auto added = add_finding_event(ledger, approval.id, std::move(finding), now); !added)
    return std::unexpected(added.error());
  return Raised{approval.id, true};
}

Result<Raised> grow_finding(Ledger& ledger, const Policy& policy, Finding finding, Timestamp now) {
  auto raised = raise_finding(ledger, policy, finding, now);
  if (!raised || raised->fresh) return raised;
  if (auto added = add_finding_event(ledger, raised->approval, std::move(finding), now); !added)
    return std::unexpected(added.error());
  if (auto revised = ledger.revise_messages(raised->approval, now, false); !revised)
    return std::unexpected(revised.error());
  return raised;
}

Result<void> amend_finding(Ledger& ledger, Id id, std::string_view reason, Timestamp now) {
  auto approval = ledger.approval(id);
  if (!approval) return std::unexpected(approval.error());
  if (approval->state != core::ApprovalState::pending || approval->reason == reason) return {};
  approval->reason = reason;
  if (auto updated = ledger.update(*approval); !updated) return updated;
  if (auto noted = ledger.audit(now, "finding_amended", "countersign", detail_of_finding(*approval)); !noted)
    return noted;
  return ledger.revise_messages(id, now, false);
}

}  // namespace countersign::app
