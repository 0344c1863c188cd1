// What the entries of a chain say must stand in the store as well: decisions, findings, expected changes, verdicts, the
// sightings of each day and sealed reports. Told both, the chain in its order and what stands there, it names what was
// changed, added or taken away. The chain may grow while the store is read: what it gained then is taken into account.
// One thread; keeps a digest for each decision and the newest verdicts of each login.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "app/rows.hpp"
#include "base/result.hpp"
#include "core/merkle.hpp"

namespace countersign::audit {

/// A row of the chain over a day's sightings, or over a sealed report.
struct ClaimedRoot {
  std::string date, root;  // root in hex
  std::int64_t count = 0;
  std::string place;  // which entry says so, in words
};
struct ClaimedSeal {
  std::string id, digest;  // of its JSON form, in hex
  std::string place;
};

class Claims {
 public:
  /// An entry of the chain, oldest first. Fault::conflict where what it says can't be read.
  Result<void> add(const app::AuditEntry& entry);
  /// From here on entries are told of that came while the store was read.
  void store_read() { late_ = true; }

  [[nodiscard]] const std::vector<ClaimedRoot>& roots() const { return roots_; }
  [[nodiscard]] const std::vector<ClaimedSeal>& seals() const { return seals_; }

  // What stands in the store. `approval` and `event` are ids as text, `at` RFC 3339.
  void decision(std::string_view approval, std::string_view by, std::string_view act, std::string_view at,
                std::string_view via, std::string_view reason);
  void finding(const std::string& approval) { findings_.seen.emplace(approval, "finding " + approval); }
  void verdict(const std::string& event, const std::string& verdict);
  /// An expected change made at run time, as the fields of app::detail_of_change that are not null, in its order.
  void expected(const std::string& id, std::string_view fields);

  /// Fault::conflict names the first thing in which the store and the chain differ.
  [[nodiscard]] Result<void> finish() const;

 private:
  /// What the chain claims and what was seen, by key, each with its place in words.
  struct Both {
    std::map<std::string, std::string> claimed, claimed_late, seen;
    void claim(std::string key, std::string place, bool late);
    [[nodiscard]] Result<void> agree() const;
  };
  struct Verdicts {
    std::string last, place;
    std::vector<std::string> late;
  };

  bool late_ = false;
  std::size_t entries_ = 0;
  std::vector<ClaimedRoot> roots_;
  std::vector<ClaimedSeal> seals_;
  Both decisions_, findings_, expected_;
  std::map<std::string, Verdicts> verdicts_;  // by event
  std::map<std::string, std::string> seen_verdicts_;
};

/// Fault::conflict where these sightings do not give the root that was claimed.
Result<void> agree(const ClaimedRoot& root, const core::MerkleTree& sightings);
/// Fault::conflict where this document is not the one that was sealed.
Result<void> agree(const ClaimedSeal& seal, std::string_view document);

}  // namespace countersign::audit
