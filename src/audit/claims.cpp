#include "audit/claims.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "audit/detail_member.hpp"
#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace countersign::audit {
namespace {

using nlohmann::json;

std::string key_of(StoodDecision said) {
  for (auto* const events : {&said.events, &said.settled, &said.revised}) {
    std::ranges::sort(*events);
    const auto twice = std::ranges::unique(*events);
    events->erase(twice.begin(), twice.end());
  }
  return crypto::sha256(json{said.approval, said.by, said.act, said.at, said.via, said.reason, said.trusted_until,
                             said.settles, said.events, said.settled, said.revised}
                            .dump(-1, ' ', false, json::error_handler_t::replace));
}

/// `earlier`: what entries before it said.
StoodDecision read_decision(const app::AuditEntry& entry, const json& detail, const ApprovalClaims& earlier) {
  StoodDecision said{text_of(detail, "approval"),      entry.actor,
                     text_of(detail, "decision"),      to_rfc3339(entry.at),
                     text_of(detail, "via"),           text_of(detail, "reason"),
                     text_of(detail, "trusted_until"), text_of(detail, "settled_as") != "pending"};
  if (const auto events = detail.find("events"); events != detail.end() && events->is_array())
    for (const auto& event : *events)
      if (event.is_string()) said.events.push_back(event.get<std::string>());
  if (said.settles)
    for (const auto& event : said.events)
      (earlier.settled(event) ? said.revised : said.settled).push_back(event);
  return said;
}

std::string read_expected(const app::AuditEntry& entry, const json& detail) {
  std::string fields;
  for (const auto* const name : {"account", "from", "host", "key", "network", "of", "person", "reason", "until", "via"})
    if (const auto value = text_of(detail, name); !value.empty()) fields += fmt::format("{}={}\n", name, value);
  return fields + "author=" + entry.actor;
}

std::string expected_key(std::string_view id, std::string_view fields) {
  return crypto::sha256(fmt::format("{} {}", id, fields));
}

}  // namespace

Result<void> Claims::add(const app::AuditEntry& entry) {
  ++entries_;
  const auto place =
      fmt::format("entry {} ({}, {} of {})", entries_, to_text(entry.id), entry.kind, to_rfc3339(entry.at));
  const auto detail = json::parse(entry.detail, nullptr, false);
  if (!detail.is_object()) return fail(Fault::conflict, "{} has a detail that is no JSON object", place);
  if (entry.kind == "decision")
    decisions_.claim(key_of(read_decision(entry, detail, approvals_)), place, late_);
  else if (entry.kind == "finding")
    findings_.claim(text_of(detail, "approval"), place, late_);
  else if (entry.kind == "expected" || entry.kind == "trust")
    expected_.claim(expected_key(text_of(detail, "id"), read_expected(entry, detail)), place, late_);
  else if (entry.kind == "verdict" || entry.kind == "reopened")
    logins_.add(detail, place, late_);
  else if (entry.kind == "root")
    (late_ ? late_roots_ : roots_).push_back(read_root(detail, place));
  else if (entry.kind == "seal")
    (late_ ? late_seals_ : seals_).push_back(read_seal(entry, detail, place));
  approvals_.add(entry, detail, place, late_);
  return {};
}

void Claims::decision(StoodDecision said) {
  auto place = fmt::format("a decision of {} about approval {}", said.at, said.approval);
  decisions_.see(key_of(std::move(said)), std::move(place));
}

void Claims::approval(StoodApproval stood) {
  if (stood.kind == "finding") findings_.see(stood.id, "finding " + stood.id);
  approvals_.see(std::move(stood));
}

void Claims::expected(const std::string& id, std::string_view fields) {
  expected_.see(expected_key(id, fields), fmt::format("the expected change {}", id));
}

Result<void> Claims::finish() const {
  for (const auto* const both : {&decisions_, &findings_, &expected_})
    if (auto agreed = both->agree(); !agreed) return agreed;
  if (auto agreed = approvals_.finish(); !agreed) return agreed;
  if (auto agreed = logins_.finish(); !agreed) return agreed;
  if (auto agreed = agree(seals_, late_seals_, stood_seals_); !agreed) return agreed;
  return agree(roots_, late_roots_, next_root_);
}

}  // namespace countersign::audit
