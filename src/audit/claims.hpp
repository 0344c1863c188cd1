// What the entries of a chain say must stand in the store as well: decisions, approvals and their states, findings,
// expected changes, verdicts, the sightings of each day and sealed reports. Told both, the chain in its order and what
// stands there, it names what was changed, added or taken away. The chain may grow while the store is read: what it
// gained then is taken into account. One thread; what it keeps is said with each of its parts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/rows.hpp"
#include "audit/approval_claims.hpp"
#include "audit/both.hpp"
#include "audit/fixed.hpp"
#include "audit/login_claims.hpp"
#include "base/result.hpp"

namespace countersign::audit {

/// A decision as it stands or was claimed. Ids as text, times RFC 3339.
struct StoodDecision {
  std::string approval, by, act, at, via, reason, trusted_until;
  bool settles = false;
  std::vector<std::string> events{}, settled{}, revised{};  // of `events` those it settled first, and those anew
};

class Claims {
 public:
  /// An entry of the chain, oldest first. Fault::conflict where what it says can't be read.
  Result<void> add(const app::AuditEntry& entry);
  /// From here on entries are told of that came while the store was read.
  void store_read() { late_ = true; }

  [[nodiscard]] const std::vector<ClaimedRoot>& roots() const { return roots_; }
  [[nodiscard]] const std::vector<ClaimedSeal>& seals() const { return seals_; }

  // What stands in the store.
  void decision(StoodDecision decision);
  void approval(StoodApproval approval);
  /// An expected change made at run time, as the fields of app::detail_of_change that are not null, in its order.
  void expected(const std::string& id, std::string_view fields);
  void seal(StoodSeal seal) { stood_seals_.push_back(std::move(seal)); }
  /// The day whose root is next, by the store's own mark; empty where it has none.
  void next_root(std::string day) { next_root_ = std::move(day); }
  LoginClaims& logins() { return logins_; }

  /// Fault::conflict names the first thing in which the store and the chain differ.
  [[nodiscard]] Result<void> finish() const;

 private:
  bool late_ = false;
  std::size_t entries_ = 0;
  std::vector<ClaimedRoot> roots_, late_roots_;
  std::vector<ClaimedSeal> seals_, late_seals_;
  std::vector<StoodSeal> stood_seals_;
  std::string next_root_;
  Both decisions_, findings_, expected_;
  ApprovalClaims approvals_;
  LoginClaims logins_;
};

}  // namespace countersign::audit
