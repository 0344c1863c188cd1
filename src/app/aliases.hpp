// Host names that nobody declared. A login that a host's kernel saw, and a log told of under another name, is evidence
// that the name is the host's; enough of it is proposed to people, who declare it or don't. Nothing is applied here: a
// name decides which log a host is believed by. Safe on any thread that has a Ledger or View.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/policy.hpp"
#include "app/store.hpp"
#include "core/reconcile/testimony.hpp"

namespace countersign::app {

/// Looks for the line under another name that tells of `login`, which its kernel's witness saw and its own log did not
/// tell of, and keeps it as evidence; nullopt: there is none.
Result<std::optional<ToldElsewhere>> find_elsewhere(Ledger& ledger, const Policy& policy, const StoredEvent& login,
                                                    const std::vector<core::Testimony>& accounts);

struct AliasProposal {
  AliasEvidence evidence;
  bool declared = false;            // the name is another [[host]]'s
  std::vector<std::string> shared;  // other hosts whose lines bear the name too: a relay writes its own
  [[nodiscard]] bool is_relay() const { return !shared.empty(); }
  std::string words;  // for people
  std::string toml;   // what would declare it; empty where it is a relay's
};

/// Fewer logins than this propose nothing: they are candidates, shown so that a finding about one does not stand alone.
inline constexpr std::int64_t logins_to_propose = 3;
struct Aliases {
  std::vector<AliasProposal> proposed, candidates;  // the best proved first
};
/// What stands in the store and not in the configuration.
Result<Aliases> undeclared_aliases(View& view, const core::Directory& directory);

}  // namespace countersign::app
