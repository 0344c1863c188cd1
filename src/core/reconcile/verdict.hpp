// The verdict on one login: what its witnesses' accounts, and what they could have seen, come down to
// (contract.md "Exactly", Verdicts). Every call gives the whole answer from the whole evidence, so the order in which
// things arrived, and how often it was asked, change nothing. Pure.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/coverage.hpp"
#include "core/reconcile/learnt.hpp"
#include "core/reconcile/testimony.hpp"

namespace countersign::core {

struct ReconcileSettings {
  Duration match_window = std::chrono::minutes(2);
  Duration grace = std::chrono::minutes(5);
  Duration heartbeat = std::chrono::seconds(10);  // an agent's: how long its closing batch may take
};

namespace verdict {
inline constexpr std::string_view waiting = "waiting", matched = "matched", missing_log = "missing_log",
                                  missing_kernel = "missing_kernel", mismatch = "mismatch",
                                  indeterminate = "indeterminate", unenrolled = "unenrolled",
                                  not_applicable = "not_applicable";
}

/// The finding about a login whose accounts differ where no verdict says so: without the kernel's word there is none to
/// say which of them is right, so the verdict stays what it is.
inline constexpr std::string_view accounts_differ = "accounts_differ";

/// The span that a login's verdict is about.
struct Watch {
  Timestamp since{};     // the kernel must have watched from here, 2 s before the login's own time …
  Timestamp deadline{};  // … until here: the first arrival, what the slower stream usually takes longer, and grace
};
/// Precondition: there is an account.
Watch watch_of(const std::vector<Testimony>& accounts, const Streams& streams, const ReconcileSettings& settings);

struct Evidence {
  std::vector<Testimony> accounts;  // every account of the connection, in any order; at least one
  Streams streams;                  // of its host
  bool log_owed = false;            // the host is configured with log = true
  Coverage coverage;                // of the host's kernel witness, over its watch
  bool connection_started = false;  // the kernel saw its address and port connect in that span
  // A log's account of the same login under a name that nobody declared; empty: none is known.
  std::string told_as, told_by;
  bool beyond_kernel = false;  // a kind of login that no agent can see
};

struct Judgement {
  std::string_view verdict = verdict::waiting;
  bool independent = false;  // matched: by witnesses of different credentials
  std::string reasons;       // in words for people
  // Of a finding, what it is about, whoever says so: the verdict, or all that is said where the accounts differ.
  std::set<std::string> disputes{};
  std::set<std::size_t> differing{};  // the places in the evidence of the accounts that differ from another
  std::optional<Timestamp> look_again;
};

Judgement judge(const Evidence& evidence, const ReconcileSettings& settings, Timestamp now);

/// Whether a verdict is a finding that somebody has to sign off.
bool is_finding(std::string_view verdict);

}  // namespace countersign::core
