// Expected changes: announced beforehand in the configuration or at run time, and the trust of "yes, and the same for
// 8 h". What they cover nobody is asked about. Pure; an ExpectedChange is passive data.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "core/approval.hpp"
#include "core/network.hpp"

namespace countersign::core {

class Directory;
struct Attribution;

/// Empty scopes match anything, but for a trust: there every one is exact, and `host` stands for its host groups.
struct ExpectedChange {
  std::string account, host = "*", key, reason, author;
  std::optional<Network> network;
  std::optional<Timestamp> from;
  Timestamp until{};
  // of those made at run time:
  Id id{};                              // none: of the configuration
  bool trust = false;                   // of "yes, and the same for 8 h"; its key is proof_of()'s
  std::string person{};                 // whose logins alone; empty: anybody's
  std::string via{};                    // "slack", "inbox", "api", "cli"
  Id made_from{};                       // the approval a trust came of
  std::optional<Timestamp> ended_at{};  // before its time
  std::string ended_by{};
};

/// The longest an announced change may last; what is to last longer belongs into the configuration.
inline constexpr Duration longest_change = std::chrono::hours(24 * 30);

/// What stands in an event's news where the key is none of the person's.
inline constexpr std::string_view unknown_key_news = "a key we don't know";

/// What an event was let in by: its key's fingerprint, or its certificate's id and authority; empty: neither.
std::string proof_of(const Event& event);

/// Whether the change speaks of this event of `person`'s (empty: nobody's), whenever it is.
bool in_scope(const ExpectedChange& change, const Event& event, std::string_view person, const Directory& directory);

/// Whether a change made at run time covers the event, for which nothing else is said: never what is nobody's, a
/// service account's, contradicts itself or needs two people; an unknown key only where the change names it; what is
/// critical, or needs a reason, only where the security team announced it.
bool covers(const ExpectedChange& change, const Event& event, const Attribution& attribution, const Approval& approval,
            const Directory& directory);

/// The first of them that covers it; null: none.
const ExpectedChange* covering(const std::vector<ExpectedChange>& changes, const Event& event,
                               const Attribution& attribution, const Approval& approval, const Directory& directory);

/// "expected until …: kernel updates (Alice)", for messages and pages.
std::string words_of(const ExpectedChange& change);

/// Whether this actor may announce it: the security team anything with a scope, a person what is theirs, which they
/// are then written into as `person`. Fault::forbidden; Fault::invalid for no reason, no scope, an end that is past or
/// more than longest_change ahead.
Result<void> announce(ExpectedChange& change, const Actor& by, const Directory& directory, Timestamp now);

/// The security team, its author, and the person it is for. Fault::forbidden; Fault::conflict where it is over.
Result<void> may_end(const ExpectedChange& change, const Actor& by, Timestamp now);

/// Whether "the same again" means something for these events of the approval: a known person's plain logins by key or
/// certificate from an address, neither critical nor in need of a reason or of two people.
bool repeatable(const Approval& approval, const Event& event);

/// The trusts that an approval of these events begins, one for each account, proof, network and group of hosts; empty
/// where none is repeatable(). Without id.
std::vector<ExpectedChange> trusts(const Approval& approval, const std::vector<Event>& events, const Decision& decision,
                                   Timestamp until, const Directory& directory);

}  // namespace countersign::core
