// How each approval and its events stand, as the chain says: asked, found, decided, rerouted. Entries that older
// versions wrote say less; what they don't say is not held. One thread; keeps a digest for each approval and a word for
// each event that was decided.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/rows.hpp"
#include "base/id.hpp"
#include "base/result.hpp"

namespace countersign::audit {

/// An approval as it stands in the store.
struct StoodApproval {
  std::string id, addressed_to, kind, person, reason, severity, state, created_at;  // RFC 3339
  std::int64_t approvers = 0;
  bool needs_reason = false;
  std::vector<std::pair<std::string, std::string>> events{};  // id and state; of many the first
  bool whole = true;                                          // `events` are all of them
};

class ApprovalClaims {
 public:
  /// An entry of the chain that has an `approval`, oldest first. `late`: it came while the store was read.
  void add(const app::AuditEntry& entry, const nlohmann::json& detail, const std::string& place, bool late);
  /// One that stands in the store, after the chain was read.
  void see(StoodApproval approval);
  /// Whether a decision was told of that settled this event.
  [[nodiscard]] bool settled(const std::string& event) const { return settled_.contains(event); }
  /// Fault::conflict names the first that stands otherwise than the chain says.
  [[nodiscard]] Result<void> finish() const;

 private:
  struct Claimed {
    std::string place;
    std::string now;                    // digest of how it stands; empty: no entry says
    bool now_needs_reason = false;      // that has needs_reason, which older entries don't tell
    std::string terms;                  // as first told: these never change; empty: no entry says
    std::optional<bool> needs_reason;   // as first told
    std::string state;                  // empty: no entry says
    std::optional<std::string> reason;  // of a finding
    std::string created_at;             // empty: no entry says
    bool asked = false;                 // it began as pending
    std::size_t settled = 0;            // events
    bool late = false, seen = false;
  };
  static void add_standing(Claimed& claimed, const nlohmann::json& now);
  /// What differs, in words; empty: nothing.
  [[nodiscard]] std::string differs(const StoodApproval& stood) const;
  [[nodiscard]] static std::string terms_differ(const StoodApproval& stood, const Claimed& claimed);
  [[nodiscard]] std::string events_differ(const StoodApproval& stood, const Claimed* claimed) const;

  std::map<std::string, Claimed> claimed_;
  std::map<std::string, std::string> settled_;                              // what each event was settled as last
  std::optional<Id> held_since_;                                            // from here on each that asks has an entry
  std::map<std::string, std::pair<StoodApproval, std::string>> differing_;  // until a late entry explains it
};

}  // namespace countersign::audit
