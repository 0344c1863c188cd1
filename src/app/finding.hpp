// Findings: what the service itself has to say to the security team. One is an approval of kind "finding" over a
// synthetic event (event.action "finding_KIND", rule.id "finding.KIND"), so messages, decisions, lists, repeats and the
// audit treat it as any other. Called on the store's writer, inside a Work.
#pragma once

#include <string>
#include <string_view>

#include "app/policy.hpp"
#include "app/store.hpp"

namespace countersign::app {

struct Finding {
  std::string kind;    // "missing_log", "agent_clone": lower case and '_'
  std::string key;     // what it is about: while one of this kind and key is undecided no second is raised
  core::Event event;   // host.name, user.name, source.ip, … it is about, and when; action, rule and count are set here
  std::string reason;  // in words, for the message
  core::Severity severity = core::Severity::high;
  int approvers = 1;
  bool needs_reason = false;  // to say that it is all right
  std::string subject;        // the person it is about, who may not decide it; empty: nobody
  Id about;                   // the event it disputes: kept as the field "finding.about"; none: no single one
  Id earlier{};  // the settled one about the same event, kept as the field "finding.earlier"; none: the first
};

struct Raised {
  Id approval;
  bool fresh = false;  // false: it stood already
};

/// The undecided one of this kind and key, if any.
Result<std::optional<Id>> standing_finding(Ledger& ledger, std::string_view kind, std::string_view key);

/// Writes event, approval, audit row, the message to the security channel and its timers; or finds the undecided one.
/// The host's configured severity may raise it.
Result<Raised> raise_finding(Ledger& ledger, const Policy& policy, Finding finding, Timestamp now);

/// The same, and where one stands undecided its event joins that one, whose messages are edited in place.
Result<Raised> grow_finding(Ledger& ledger, const Policy& policy, Finding finding, Timestamp now);

/// A finding that goes on says something else now: its messages are edited in place. Nothing where it is decided or
/// says so already.
Result<void> amend_finding(Ledger& ledger, Id approval, std::string_view reason, Timestamp now);

/// What every approval of kind "finding" is born with beside its events: row, audit, message and timers.
Result<void> open_finding(Ledger& ledger, const core::Schedule& schedule, const core::Approval& approval,
                          Timestamp now);

}  // namespace countersign::app
