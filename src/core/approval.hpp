// The approval: the demand for a human's word on one event or a burst, and the rules of who may give it.
// Pure: the caller loads an Approval, asks decide(), and writes what came of it in the same transaction.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "core/event.hpp"

namespace countersign::core {

enum class ApprovalState { pending, approved, denied, expected };
enum class Act { approve, deny, wrong_person, revise };

std::string_view to_text(ApprovalState state);
std::string_view to_text(Act act);
std::string_view to_text(Severity severity);
Result<ApprovalState> parse_approval_state(std::string_view text);
Result<Act> parse_act(std::string_view text);
Result<Severity> parse_severity(std::string_view text);

/// The one name that is no person: where escalations, unknown accounts and findings go.
inline constexpr std::string_view security_channel = "security_channel";

/// What somebody adds to a decision's record afterwards.
struct Note {
  std::string by;
  Timestamp at{};
  std::string via, text;
};

struct Decision {
  Id id;
  std::string by;  // a person's or token's name
  Act act = Act::approve;
  std::vector<Id> events;  // what it spoke about
  Timestamp at{};
  std::string via;  // "slack", "inbox", "api", "cli"
  std::string reason;
  bool settles = false;                      // false: wrong_person, or the first of two
  std::vector<Note> notes{};                 // oldest first
  std::optional<Timestamp> trusted_until{};  // until when it speaks for the same again
  std::vector<Id> settled{}, revised{};      // as it is kept: of `events` those it settled first, and those anew
};

struct Asked {  // an event under an approval
  Id event;
  ApprovalState state = ApprovalState::pending;
};

struct Approval {
  Id id;
  std::string kind = "login";  // "login", "finding", "late" (events older than ask_within)
  ApprovalState state = ApprovalState::pending;
  std::string person;        // empty: nobody known
  std::string subject;       // whom the events are about, though rerouted: may not decide what was escalated
  std::string addressed_to;  // a person's name or security_channel
  std::string reason;        // why it went to the channel, what covers it, what was found
  Severity severity = Severity::normal;
  int approvers = 1;
  bool needs_reason = false;  // an approval without a reason is refused
  bool escalated = false;     // the channel has it
  std::string taken_by;       // who of the security team looks at it; empty: nobody
  std::optional<Timestamp> taken_until;
  Timestamp created_at{};
  std::string burst;                // the burst it collects; empty: closed
  std::vector<Asked> events;        // oldest first
  std::vector<Decision> decisions;  // oldest first
};

struct Actor {
  std::string name;       // a person's or token's name
  bool security = false;  // of the security team, or a token of role security or admin
  bool is_person = true;  // tokens are nobody's subject
};

struct Word {  // what somebody says about an approval
  Act act = Act::approve;
  Actor by;
  std::vector<Id> events;     // empty: every pending one
  bool from_channel = false;  // through the channel's message: the person it is about can't use that one
  std::string via, reason;
  Timestamp at{};
  std::optional<ApprovalState> revised;  // Act::revise: what it becomes; nullopt: the opposite of what stands
  bool trust = false;                    // Act::approve: and the same for a while
  bool disputes = false;                 // Act::deny: whose it was takes back what was said in their name
  std::optional<std::size_t> nth{};      // by a button: of its events this one alone
};

struct Outcome {
  Decision decision;        // without an id
  std::vector<Id> settled;  // events whose state changes now
  ApprovalState settled_as = ApprovalState::pending;
  ApprovalState state = ApprovalState::pending;  // the approval's, afterwards
  bool rerouted = false;                         // person becomes nobody, addressed_to the channel
  bool awaits_second = false;                    // one of two has spoken
  bool alarm = false;                            // a denial
  bool revises = false;                          // it stands beside the decision that settled them first
};

/// Fault::forbidden: this actor may not (the message says why); Fault::conflict: it stands already (who, when, what);
/// Fault::not_found: an event that is not this approval's; Fault::invalid: a revision without reason.
Result<Outcome> decide(const Approval& approval, const Word& word);

/// Whether this actor may take it: it stays pending, and is not repeated for a while. Anyone of the security team may,
/// also from another. Fault::forbidden, or Fault::conflict where it is decided.
Result<void> may_take(const Approval& approval, const Actor& by);

/// The decision a note of this actor's is added to: their own newest, or for the security team the newest that settled
/// something. Fault::forbidden where there is none.
Result<Id> notable(const Approval& approval, const Actor& by);

/// denied once any is, approved when all are (or expected), else pending; expected when all are that.
ApprovalState combined(const std::vector<Asked>& events);

}  // namespace countersign::core
