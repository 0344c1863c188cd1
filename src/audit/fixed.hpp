// What entries of the chain fix for good: the sightings of each day by their root, and sealed reports by their digests.
// One thread; keeps one row for each day and seal.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/rows.hpp"
#include "base/result.hpp"
#include "core/merkle.hpp"

namespace countersign::audit {

struct ClaimedRoot {
  std::string date, root;  // root in hex
  std::int64_t count = 0;
  std::string place;         // which entry says so, in words
  std::int64_t version = 1;  // of the records
};

struct ClaimedSeal {
  std::string id, from, to, at, by, head, place;  // `head` in hex
  std::int64_t waiting = 0, entries = 0;
  std::map<std::string, std::string> digests;  // of each form, in hex
};

/// A seal as it stands in the store; `digest` of its JSON form, in hex.
struct StoodSeal {
  std::string id, from, to, at, by, head, digest;
  std::int64_t waiting = 0, entries = 0;
};

ClaimedRoot read_root(const nlohmann::json& detail, std::string place);
ClaimedSeal read_seal(const app::AuditEntry& entry, const nlohmann::json& detail, std::string place);

/// Fault::conflict where these sightings do not give the root that was claimed.
Result<void> agree(const ClaimedRoot& root, const core::MerkleTree& sightings);
/// Fault::conflict where this document is not the form of it that was sealed.
Result<void> agree(const ClaimedSeal& seal, const std::string& form, std::string_view document);
/// Fault::conflict where the rows of the store are not those that were claimed; `late`: seals that came since.
Result<void> agree(const std::vector<ClaimedSeal>& claimed, const std::vector<ClaimedSeal>& late,
                   const std::vector<StoodSeal>& stood);
/// Fault::conflict where a day between the first and the last has no root or two, or where the day whose root is next,
/// by the store ("" where it knows none), does not follow the last. `late`: roots that came since.
Result<void> agree(const std::vector<ClaimedRoot>& roots, const std::vector<ClaimedRoot>& late,
                   const std::string& next_day);

}  // namespace countersign::audit
