#include "audit/approval_claims.hpp"

#include "audit/detail_member.hpp"
#include "crypto/digest.hpp"

namespace countersign::audit {
namespace {

using nlohmann::json;

std::string digest_of(const json& now) {
  return crypto::sha256(now.dump(-1, ' ', false, json::error_handler_t::replace));
}

/// By the names the chain's entry has.
std::string digest_of(const StoodApproval& stood, bool needs_reason) {
  json now{{"addressed_to", stood.addressed_to},
           {"approvers", stood.approvers},
           {"kind", stood.kind},
           {"person", stood.person},
           {"reason", stood.reason},
           {"severity", stood.severity},
           {"state", stood.state}};
  if (needs_reason) now["needs_reason"] = stood.needs_reason;
  return digest_of(now);
}

std::string terms_of(std::string_view kind, std::string_view severity, std::int64_t approvers) {
  return fmt::format("{} {} {}", kind, severity, approvers);
}

}  // namespace

void ApprovalClaims::add_standing(Claimed& claimed, const json& now) {
  claimed.now = digest_of(now);
  claimed.state = text_of(now, "state");
  if (claimed.terms.empty())
    claimed.terms = terms_of(text_of(now, "kind"), text_of(now, "severity"), number_of(now, "approvers", 0));
  const auto needs_reason = now.find("needs_reason");
  claimed.now_needs_reason = needs_reason != now.end();
  if (claimed.now_needs_reason && !claimed.needs_reason) claimed.needs_reason = *needs_reason == true;
}

void ApprovalClaims::add(const app::AuditEntry& entry, const json& detail, const std::string& place, bool late) {
  const auto& kind = entry.kind;
  const auto id = text_of(detail, "approval");
  const auto now = detail.find("now");
  const bool tells = now != detail.end() && now->is_object();
  const bool decision = kind == "decision";
  if (id.empty() || !(tells || decision || kind == "finding" || kind == "finding_amended")) return;
  const auto [found_claim, fresh] = claimed_.try_emplace(id);
  auto& claimed = found_claim->second;
  if (fresh) claimed.late = late;
  claimed.place = place;
  if (kind == "asked" || kind == "finding") {
    claimed.asked = true;
    claimed.created_at = to_rfc3339(entry.at);
  }
  if (tells) {
    if (!held_since_ || entry.id < *held_since_) held_since_ = entry.id;
    add_standing(claimed, *now);
  } else if (decision) {
    claimed.state = text_of(detail, "state");
  } else {
    claimed.reason = text_of(detail, "reason");
  }
  const auto settled_as = text_of(detail, "settled_as");
  if (decision && settled_as != "pending" && detail.contains("events"))
    for (const auto& event : detail["events"])
      if (event.is_string() && settled_.insert_or_assign(event.get<std::string>(), settled_as).second)
        ++claimed.settled;
  if (const auto found = differing_.find(id); found != differing_.end() && differs(found->second.first).empty())
    differing_.erase(found);
}

void ApprovalClaims::see(StoodApproval stood) {
  if (const auto found = claimed_.find(stood.id); found != claimed_.end()) found->second.seen = true;
  if (auto words = differs(stood); !words.empty()) {
    const auto id = stood.id;
    differing_.emplace(id, std::pair(std::move(stood), std::move(words)));
  }
}

std::string ApprovalClaims::differs(const StoodApproval& stood) const {
  const auto found = claimed_.find(stood.id);
  if (found == claimed_.end()) {
    const auto id = parse_id(stood.id);
    if (stood.state == "expected" || (stood.state == "pending" && (!held_since_ || (id && *id < *held_since_))))
      return events_differ(stood, nullptr);
    return fmt::format("the approval {} is {} in the store, and no entry of the chain says so", stood.id, stood.state);
  }
  const auto& claimed = found->second;
  if (const auto& state = claimed.state.empty() ? std::string("pending") : claimed.state; stood.state != state)
    return fmt::format("the approval {} is {} in the store, and {} by {}", stood.id, stood.state, state, claimed.place);
  if (auto words = terms_differ(stood, claimed); !words.empty()) return words;
  const bool as_told = !claimed.now.empty() ? claimed.now == digest_of(stood, claimed.now_needs_reason)
                                            : !claimed.reason || *claimed.reason == stood.reason;
  if (!as_told)
    return fmt::format("the approval {} does not stand in the store as {} says: whom it asks, or why, was changed",
                       stood.id, claimed.place);
  return events_differ(stood, &claimed);
}

std::string ApprovalClaims::terms_differ(const StoodApproval& stood, const Claimed& claimed) {
  if (!claimed.created_at.empty() && claimed.created_at != stood.created_at)
    return fmt::format("the approval {} is of {} in the store, and of {} by the chain", stood.id, stood.created_at,
                       claimed.created_at);
  const bool as_first_told =
      (claimed.terms.empty() || claimed.terms == terms_of(stood.kind, stood.severity, stood.approvers)) &&
      (!claimed.needs_reason || *claimed.needs_reason == stood.needs_reason);
  if (as_first_told) return "";
  return fmt::format(
      "the approval {} has other terms in the store than the chain first told: its kind or severity, how many must "
      "approve, or whether with a reason",
      stood.id);
}

std::string ApprovalClaims::events_differ(const StoodApproval& stood, const Claimed* claimed) const {
  std::size_t settled = 0;
  for (const auto& [event, state] : stood.events) {
    const auto found = settled_.find(event);
    settled += found != settled_.end() ? 1U : 0U;
    const bool good = found != settled_.end()     ? state == found->second
                      : claimed && claimed->asked ? state == "pending"
                                                  : state == "pending" || state == "expected";
    if (!good)
      return fmt::format(
          "the event {} is {} in the store, and {}", event, state,
          found == settled_.end() ? "no decision of the chain says so" : found->second + " by the chain's decisions");
  }
  if (claimed && stood.whole && settled < claimed->settled)
    return fmt::format("of the {} events of the approval {} that were decided, {} are there", claimed->settled,
                       stood.id, settled);
  return "";
}

Result<void> ApprovalClaims::finish() const {
  for (const auto& [id, stood] : differing_)
    return fail(Fault::conflict, "{}", stood.second);
  for (const auto& [id, claimed] : claimed_)
    if (!claimed.late && !claimed.seen)
      return fail(Fault::conflict, "the approval {} of {} does not stand in the store: it was taken away there", id,
                  claimed.place);
  return {};
}

}  // namespace countersign::audit
