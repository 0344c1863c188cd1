#include "audit/claims.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace countersign::audit {
namespace {

using nlohmann::json;

std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t number_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : -1;
}

std::string decision_key(std::string_view approval, std::string_view by, std::string_view act, std::string_view at,
                         std::string_view via, std::string_view reason) {
  return crypto::sha256(json{approval, by, act, at, via, reason}.dump(-1, ' ', false, json::error_handler_t::replace));
}

std::string expected_key(std::string_view id, std::string_view fields) {
  return crypto::sha256(fmt::format("{} {}", id, fields));
}

/// The verdicts a login has before anything is recorded of it, and while it is looked at.
bool needs_no_entry(std::string_view verdict) {
  return verdict == "waiting" || verdict == "unenrolled" || verdict == "not_applicable";
}

}  // namespace

void Claims::Both::claim(std::string key, std::string place, bool late) {
  (late ? claimed_late : claimed).emplace(std::move(key), std::move(place));
}

Result<void> Claims::Both::agree() const {
  for (const auto& [key, place] : claimed)
    if (!seen.contains(key))
      return fail(Fault::conflict, "{} tells of what does not stand in the store: it was changed or taken away there",
                  place);
  for (const auto& [key, place] : seen)
    if (!claimed.contains(key) && !claimed_late.contains(key))
      return fail(Fault::conflict, "{} stands in the store and in no entry of the chain: it was changed or added there",
                  place);
  return {};
}

Result<void> Claims::add(const app::AuditEntry& entry) {
  ++entries_;
  const auto place =
      fmt::format("entry {} ({}, {} of {})", entries_, to_text(entry.id), entry.kind, to_rfc3339(entry.at));
  const auto detail = json::parse(entry.detail, nullptr, false);
  if (!detail.is_object()) return fail(Fault::conflict, "{} has a detail that is no JSON object", place);
  if (entry.kind == "decision") {
    decisions_.claim(decision_key(text_of(detail, "approval"), entry.actor, text_of(detail, "decision"),
                                  to_rfc3339(entry.at), text_of(detail, "via"), text_of(detail, "reason")),
                     place, late_);
  } else if (entry.kind == "finding") {
    findings_.claim(text_of(detail, "approval"), place, late_);
  } else if (entry.kind == "expected" || entry.kind == "trust") {
    std::string fields;
    for (const auto* const name :
         {"account", "from", "host", "key", "network", "of", "person", "reason", "until", "via"})
      if (const auto value = text_of(detail, name); !value.empty()) fields += fmt::format("{}={}\n", name, value);
    expected_.claim(expected_key(text_of(detail, "id"), fields + "author=" + entry.actor), place, late_);
  } else if (entry.kind == "verdict") {
    auto& verdicts = verdicts_[text_of(detail, "event")];
    if (late_) {
      verdicts.late.push_back(text_of(detail, "verdict"));
    } else {
      verdicts.last = text_of(detail, "verdict");
      verdicts.place = place;
    }
  } else if (entry.kind == "root" && !late_) {
    roots_.push_back({text_of(detail, "date"), text_of(detail, "root"), number_of(detail, "count"), place});
  } else if (entry.kind == "seal" && !late_) {
    const auto digests = detail.value("digests", json::object());
    seals_.push_back({text_of(detail, "id"), text_of(digests, "json"), place});
  }
  return {};
}

void Claims::decision(std::string_view approval, std::string_view by, std::string_view act, std::string_view at,
                      std::string_view via, std::string_view reason) {
  decisions_.seen.emplace(decision_key(approval, by, act, at, via, reason),
                          fmt::format("a decision of {} about approval {}", at, approval));
}

void Claims::expected(const std::string& id, std::string_view fields) {
  expected_.seen.emplace(expected_key(id, fields), fmt::format("the expected change {}", id));
}

void Claims::verdict(const std::string& event, const std::string& verdict) {
  seen_verdicts_.emplace(event, verdict);
}

Result<void> Claims::finish() const {
  for (const auto* const both : {&decisions_, &findings_, &expected_})
    if (auto agreed = both->agree(); !agreed) return agreed;
  for (const auto& [event, claimed] : verdicts_) {
    if (claimed.place.empty()) continue;
    const auto seen = seen_verdicts_.find(event);
    if (seen == seen_verdicts_.end())
      return fail(Fault::conflict, "{} tells of the login {}, which is not in the store", claimed.place, event);
    if (seen->second != claimed.last && seen->second != "waiting" &&
        std::ranges::find(claimed.late, seen->second) == claimed.late.end())
      return fail(Fault::conflict, "the login {} is {} in the store, and {} in {}", event, seen->second, claimed.last,
                  claimed.place);
  }
  for (const auto& [event, verdict] : seen_verdicts_)
    if (!verdicts_.contains(event) && !needs_no_entry(verdict))
      return fail(Fault::conflict, "the login {} is {} in the store, and no entry of the chain says so", event,
                  verdict);
  return {};
}

Result<void> agree(const ClaimedRoot& root, const core::MerkleTree& sightings) {
  if (sightings.count() == root.count && to_hex(sightings.root()) == root.root) return {};
  if (sightings.count() != root.count)
    return fail(Fault::conflict, "of the {} sightings of {} that {} is over, {} are there: some were {}", root.count,
                root.date, root.place, sightings.count(), sightings.count() < root.count ? "taken away" : "added");
  return fail(Fault::conflict, "the {} sightings of {} are not those that {} is over: one was changed", root.count,
              root.date, root.place);
}

Result<void> agree(const ClaimedSeal& seal, std::string_view document) {
  if (to_hex(crypto::sha256(document)) == seal.digest) return {};
  return fail(Fault::conflict, "the sealed report {} is not the document that {} fixed", seal.id, seal.place);
}

}  // namespace countersign::audit
