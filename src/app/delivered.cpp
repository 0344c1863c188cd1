#include "app/delivered.hpp"

#include <algorithm>

#include "app/audit_detail.hpp"
#include "app/owed.hpp"
#include "core/pager.hpp"

namespace countersign::app {
namespace {

constexpr Duration ceiling = std::chrono::seconds(60);
constexpr Duration operator_must_act = std::chrono::seconds(30);  // bad credentials: somebody must mend them
constexpr Duration channel_unreachable = std::chrono::minutes(1);

/// The person can't be reached: the security channel is told instead, with the reason, and decides.
Result<void> tell_channel(Ledger& ledger, const core::Schedule& schedule, const Claim& claim, std::string_view why,
                          Timestamp now) {
  auto approval = ledger.approval(claim.approval.id);
  if (!approval) return std::unexpected(approval.error());
  if (approval->state != core::ApprovalState::pending || claim.notification.purpose == "notice") return {};
  hand_to_channel(*approval, fmt::format("{} could not be asked: {}", claim.notification.to, why));
  if (auto updated = ledger.update(*approval); !updated) return updated;
  if (auto noted = ledger.audit(now, "rerouted", "countersign", detail_of_standing(*approval)); !noted) return noted;
  if (auto set = reschedule_at_channel(ledger, schedule.pace(approval->severity), *approval, now); !set) return set;
  return owe(ledger, schedule, *approval, "reroute", core::security_channel, now);
}

/// A pager is tried again for as long as it is configured. A page that it did not take at the first try goes to the
/// security channel as well, once for all pagers, so that a dead pager is not the end of it.
Result<void> pager_failed(Ledger& ledger, const core::Schedule& schedule, const Claim& claim,
                          const Undelivered& failure, Duration wait, Timestamp now) {
  const auto& notification = claim.notification;
  const auto named = [&](const std::vector<std::string>& names) {
    return std::ranges::find(names, core::pager_name(notification.to)) != names.end();
  };
  const bool gone = !named(schedule.pagers) && !named(schedule.publishers);
  const auto again = gone ? std::nullopt : std::optional(now + wait);
  if (auto noted = ledger.not_delivered(notification.id, claim.fence, failure.why, again); !noted) return noted;
  if (notification.purpose == "head") return ledger.count("audit.head_not_taken", 1, now);
  if (notification.purpose != "page" || notification.failures > 0) return {};
  auto approval = ledger.approval(notification.approval);
  if (!approval) return std::unexpected(approval.error());
  if (approval->state != core::ApprovalState::pending) return {};
  const auto first = ledger.first_time("approval:" + to_text(approval->id), "page", core::security_channel);
  if (!first) return std::unexpected(first.error());
  return *first ? owe(ledger, schedule, *approval, "page", core::security_channel, now) : Result<void>();
}

/// Together they were refused as malformed: each goes out on its own, so that one can't keep the others back.
Result<void> fall_apart(Ledger& ledger, const Claim& claim, const Undelivered& failure, Timestamp now) {
  if (auto parted = ledger.part(claim.notification.bundle); !parted) return parted;
  if (auto noted = ledger.not_delivered(claim.notification.id, claim.fence, failure.why, now); !noted) return noted;
  for (const auto& other : claim.others)
    if (auto noted = ledger.not_delivered(other.notification.id, other.fence, failure.why, now); !noted) return noted;
  return {};
}

}  // namespace

Duration back_off(std::int64_t failures) {
  const auto doublings = std::clamp<std::int64_t>(failures, 0, 6);
  return std::min(ceiling, Duration(std::chrono::seconds(1)) * (std::int64_t{1} << doublings));
}

namespace {

Result<void> record_one(Ledger& ledger, const core::Schedule& schedule, const Claim& claim,
                        const std::expected<Posted, Undelivered>& answer, Timestamp now) {
  const auto& notification = claim.notification;
  if (answer)
    return ledger.delivered(notification.id, claim.fence, notification.revision, now, answer->channel, answer->message);

  const auto& failure = answer.error();
  const bool to_channel = notification.to == core::security_channel;
  const bool hopeless = failure.kind == Undelivered::Kind::bad_target || failure.kind == Undelivered::Kind::our_bug;
  const bool to_pager = core::is_pager(notification.to);
  const bool cancelled = notification.state == NotificationState::cancelled;
  if (failure.kind == Undelivered::Kind::nowhere || (cancelled && hopeless))
    return ledger.not_delivered(notification.id, claim.fence, failure.why, std::nullopt);
  if (hopeless && !to_channel && !to_pager) {
    if (auto noted = ledger.not_delivered(notification.id, claim.fence, failure.why, std::nullopt); !noted)
      return noted;
    return tell_channel(ledger, schedule, claim, failure.why, now);
  }
  Duration wait = failure.retry_after.value_or(back_off(notification.failures));
  if (failure.kind == Undelivered::Kind::stop) wait = std::max(wait, operator_must_act);
  if (hopeless) wait = channel_unreachable;  // there is nowhere else to go: keep trying, and health says so
  if (to_pager) return pager_failed(ledger, schedule, claim, failure, wait, now);
  return ledger.not_delivered(notification.id, claim.fence, failure.why, now + wait);
}

}  // namespace

Result<void> record(Ledger& ledger, const core::Schedule& schedule, const Claim& claim,
                    const std::expected<Posted, Undelivered>& answer, Timestamp now) {
  const bool malformed = !answer && answer.error().kind == Undelivered::Kind::our_bug;
  if (malformed && !claim.others.empty() && claim.notification.remote_message.empty())
    return fall_apart(ledger, claim, answer.error(), now);
  if (auto noted = record_one(ledger, schedule, claim, answer, now); !noted) return noted;
  for (const auto& other : claim.others)
    if (auto noted = record_one(ledger, schedule, other, answer, now); !noted) return noted;
  return {};
}

}  // namespace countersign::app
