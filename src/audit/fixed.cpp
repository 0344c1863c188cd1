#include "audit/fixed.hpp"

#include <fmt/chrono.h>

#include <algorithm>

#include "audit/detail_member.hpp"
#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace countersign::audit {
namespace {

using nlohmann::json;

/// "" where it is none.
std::string day_after(const std::string& date) {
  const auto at = parse_rfc3339(date + "T00:00:00Z");
  if (!at) return "";
  return fmt::format("{:%F}", std::chrono::system_clock::time_point(*at + std::chrono::days(1)));
}

bool same(const ClaimedSeal& claimed, const StoodSeal& stood) {
  const auto json_digest = claimed.digests.find("json");
  return claimed.from == stood.from && claimed.to == stood.to && claimed.at == stood.at && claimed.by == stood.by &&
         claimed.head == stood.head && claimed.waiting == stood.waiting && claimed.entries == stood.entries &&
         json_digest != claimed.digests.end() && json_digest->second == stood.digest;
}

}  // namespace

ClaimedRoot read_root(const json& detail, std::string place) {
  return {text_of(detail, "date"), text_of(detail, "root"), number_of(detail, "count", -1), std::move(place),
          number_of(detail, "version", 1)};
}

ClaimedSeal read_seal(const app::AuditEntry& entry, const json& detail, std::string place) {
  ClaimedSeal seal{text_of(detail, "id"),
                   text_of(detail, "from"),
                   text_of(detail, "to"),
                   to_rfc3339(entry.at),
                   entry.actor,
                   text_of(detail, "head"),
                   std::move(place),
                   number_of(detail, "waiting", -1),
                   number_of(detail, "entries", -1),
                   {}};
  if (const auto digests = detail.find("digests"); digests != detail.end() && digests->is_object())
    for (const auto& [form, digest] : digests->items())
      if (digest.is_string()) seal.digests.emplace(form, digest.get<std::string>());
  return seal;
}

Result<void> agree(const ClaimedRoot& root, const core::MerkleTree& sightings) {
  if (sightings.count() == root.count && to_hex(sightings.root()) == root.root) return {};
  if (sightings.count() != root.count)
    return fail(Fault::conflict, "of the {} sightings of {} that {} is over, {} are there: some were {}", root.count,
                root.date, root.place, sightings.count(), sightings.count() < root.count ? "taken away" : "added");
  return fail(Fault::conflict, "the {} sightings of {} are not those that {} is over: one was changed", root.count,
              root.date, root.place);
}

Result<void> agree(const ClaimedSeal& seal, const std::string& form, std::string_view document) {
  const auto digest = seal.digests.find(form);
  if (digest != seal.digests.end() && to_hex(crypto::sha256(document)) == digest->second) return {};
  return fail(Fault::conflict, "the sealed report {} is not the document that {} fixed, as {}", seal.id, seal.place,
              form);
}

Result<void> agree(const std::vector<ClaimedSeal>& claimed, const std::vector<ClaimedSeal>& late,
                   const std::vector<StoodSeal>& stood) {
  for (const auto& seal : claimed) {
    const auto found = std::ranges::find(stood, seal.id, &StoodSeal::id);
    if (found == stood.end())
      return fail(Fault::conflict, "the sealed report {} of {} is not in the store any more", seal.id, seal.place);
    if (!same(seal, *found))
      return fail(Fault::conflict,
                  "the sealed report {} does not stand in the store as {} says: its span, time, author or digest was "
                  "changed",
                  seal.id, seal.place);
  }
  for (const auto& seal : stood)
    if (std::ranges::find(claimed, seal.id, &ClaimedSeal::id) == claimed.end() &&
        std::ranges::find(late, seal.id, &ClaimedSeal::id) == late.end())
      return fail(Fault::conflict, "the sealed report {} stands in the store and in no entry of the chain", seal.id);
  return {};
}

Result<void> agree(const std::vector<ClaimedRoot>& roots, const std::vector<ClaimedRoot>& late,
                   const std::string& next_day) {
  std::string due;
  std::int64_t version = 0;
  for (const auto& root : roots) {
    if (!due.empty() && root.date != due)
      return fail(Fault::conflict, "{} is over {}, and the root of {} should come next: {}", root.place, root.date, due,
                  root.date > due ? "days have none" : "a day has two");
    if (root.version < version)
      return fail(Fault::conflict, "{} is over records of version {}, and earlier ones of version {}", root.place,
                  root.version, version);
    due = day_after(root.date);
    version = root.version;
  }
  if (due.empty() || next_day == due) return {};
  for (const auto& root : late)
    if (day_after(root.date) == next_day) return {};
  return fail(Fault::conflict,
              "the next daily root is due of {} by the chain, and of {} by the store's own mark: days would have none",
              due, next_day.empty() ? "no day" : next_day);
}

}  // namespace countersign::audit
