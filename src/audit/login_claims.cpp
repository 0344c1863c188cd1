#include "audit/login_claims.hpp"

#include <fmt/chrono.h>

#include <algorithm>

#include "audit/detail_member.hpp"

namespace countersign::audit {
namespace {

using nlohmann::json;

/// The verdicts a login has before anything is recorded of it.
bool needs_no_entry(std::string_view verdict) {
  return verdict == "waiting" || verdict == "unenrolled" || verdict == "not_applicable";
}

std::string words(const Verdict& verdict) {
  return verdict.verdict + (verdict.independent ? " by independent witnesses" : "");
}

std::string date_of(Timestamp at) {
  return fmt::format("{:%F}", std::chrono::system_clock::time_point(std::chrono::floor<std::chrono::days>(at)));
}

}  // namespace

void LoginClaims::add(const json& detail, const std::string& place, bool late) {
  auto& claimed = claimed_[text_of(detail, "event")];
  Verdict verdict{text_of(detail, "verdict"), false};
  if (verdict.verdict == "matched") verdict.independent = detail.value("independent", json()) == true;
  if (late) {
    claimed.late.push_back(std::move(verdict));
    return;
  }
  claimed.last = std::move(verdict);
  claimed.place = place;
  claimed.may_wait = !detail.contains("version");
}

void LoginClaims::told(std::string_view event) {
  const auto id = parse_id(event);
  if (id && (told_.empty() || told_.back() != *id)) told_.push_back(*id);
}

bool LoginClaims::untold(const std::string& event) {
  const auto id = parse_id(event);
  if (!id) return !days_.empty();
  // Its first sighting came with it, or a moment later, on the next day.
  if (!days_.contains(date_of(time_of(*id))) || !days_.contains(date_of(time_of(*id) + std::chrono::minutes(10))))
    return false;
  if (!std::exchange(sorted_, true)) std::ranges::sort(told_);
  return !std::ranges::binary_search(told_, *id);
}

void LoginClaims::see(const std::string& event, Verdict verdict) {
  if (nobody_told_.empty() && untold(event)) nobody_told_ = event;
  seen_.emplace(event, std::move(verdict));
}

Result<void> LoginClaims::finish() const {
  if (!nobody_told_.empty())
    return fail(Fault::conflict,
                "the login {} stands in the store, and no sighting of its day tells of it: it was added", nobody_told_);
  for (const auto& [event, claimed] : claimed_) {
    if (claimed.place.empty()) continue;
    const auto seen = seen_.find(event);
    if (seen == seen_.end())
      return fail(Fault::conflict, "{} tells of the login {}, which is not in the store", claimed.place, event);
    const bool waits = seen->second.verdict == "waiting" && claimed.may_wait;
    if (seen->second != claimed.last && !waits && std::ranges::find(claimed.late, seen->second) == claimed.late.end())
      return fail(Fault::conflict, "the login {} is {} in the store, and {} in {}", event, words(seen->second),
                  words(claimed.last), claimed.place);
  }
  for (const auto& [event, verdict] : seen_)
    if (!claimed_.contains(event) && !needs_no_entry(verdict.verdict))
      return fail(Fault::conflict, "the login {} is {} in the store, and no entry of the chain says so", event,
                  verdict.verdict);
  return {};
}

}  // namespace countersign::audit
