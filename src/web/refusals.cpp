#include "web/refusals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

namespace countersign::web {
namespace {

constexpr auto between_looks = std::chrono::seconds(10);
constexpr auto between_words = std::chrono::minutes(1);

}  // namespace

Refusals::Reason Refusals::reason_of(Fault fault) {
  switch (fault) {
    case Fault::unauthorized:
    case Fault::forbidden:
      return Reason::token;
    case Fault::too_large:
      return Reason::too_large;
    case Fault::overloaded:
      return Reason::overloaded;
    case Fault::unavailable:
    case Fault::internal:
      return Reason::failed;
    default:
      return Reason::unreadable;
  }
}

Refusals::Reason Refusals::reason_of(int status) {
  switch (status) {
    case 408:
      return Reason::too_slow;
    case 413:
      return Reason::too_large;
    case 500:
      return Reason::failed;
    case 503:
      return Reason::overloaded;
    default:
      return Reason::unreadable;
  }
}

std::int64_t Refusals::minute_now() const {
  return std::chrono::floor<std::chrono::minutes>(clock_.now().time_since_epoch()).count();
}

/// Forgets what is older than the ring.
void Refusals::turn(Count& count, std::int64_t minute) {
  for (auto past = std::max(count.minute + 1, minute - std::int64_t{minutes} + 1); past <= minute; ++past)
    count.recent.at(static_cast<std::size_t>(past) % minutes) = 0;
  count.minute = std::max(count.minute, minute);
}

void Refusals::add(std::string_view webhook, int status, Reason reason, std::string_view peer) {
  std::optional<std::uint64_t> others;
  {
    const std::lock_guard lock(mutex_);
    auto& count = counts_[{std::string(webhook), status, reason}];
    turn(count, minute_now());
    ++count.total;
    ++count.recent.at(static_cast<std::size_t>(count.minute) % minutes);
    const auto now = clock_.now();
    if (count.total == 1 || now >= count.told + between_words) {
      count.told = now;
      others = std::exchange(count.untold, 0);
    } else {
      ++count.untold;
    }
  }
  if (!others || !warn_) return;
  const auto [label, what, mend] = app::words_of(reason);
  const auto where = webhook.empty() ? std::string("webhooks") : fmt::format("webhook {}", webhook);
  const auto more = *others == 0 ? "" : fmt::format(" (and {} more since this was last said)", *others);
  warn_(fmt::format("{}: a delivery from {} was refused: {} {}{}; {}", where, peer.empty() ? "nowhere" : peer, status,
                    what, more, mend));
}

void Refusals::taken(std::string_view webhook) {
  const std::lock_guard lock(mutex_);
  if (const auto known = taken_.find(webhook); known != taken_.end())
    known->second = minute_now();
  else
    taken_.emplace(webhook, minute_now());
}

void Refusals::open_to_all(std::string_view webhook) {
  const std::lock_guard lock(mutex_);
  open_.emplace(webhook);
}

bool Refusals::is_well(const std::string& webhook, std::int64_t minute) const {
  const auto taken = taken_.find(webhook);
  return taken != taken_.end() && minute - taken->second < std::int64_t{minutes};
}

Metric Refusals::metric() const {
  Metric metric{"countersign_deliveries_refused_total",
                "counter",
                "Deliveries that webhooks turned away since the start, by status and reason.",
                {}};
  const std::lock_guard lock(mutex_);
  for (const auto& [key, count] : counts_)
    metric.samples.emplace_back(fmt::format(R"(source="{}",status="{}",reason="{}")", label(key.webhook), key.status,
                                            app::words_of(key.reason).label),
                                count.total);
  return metric;
}

std::vector<std::string> Refusals::reasons() const {
  std::vector<std::string> reasons;
  const auto minute = minute_now();
  const std::lock_guard lock(mutex_);
  for (const auto& [key, kept] : counts_) {
    if (key.webhook.empty()) continue;  // anybody may ask for a name that nobody has
    const bool anybodys = key.reason == Reason::token || (open_.contains(key.webhook) && !is_ours(key.reason));
    if (anybodys && is_well(key.webhook, minute)) continue;
    auto count = kept;
    turn(count, minute);
    const auto recent = std::accumulate(count.recent.begin(), count.recent.end(), std::uint64_t{0});
    if (recent == 0) continue;
    const auto [label, what, mend] = app::words_of(key.reason);
    reasons.push_back(fmt::format("webhook {}: {} {} refused in the last {} min: {} {}; {}", key.webhook, recent,
                                  recent == 1 ? "delivery" : "deliveries", minutes, key.status, what, mend));
  }
  return reasons;
}

Result<Timestamp> Refusals::look(app::Ledger& ledger, Timestamp now) {
  std::map<std::string, std::uint64_t> fresh;
  {
    const std::lock_guard lock(mutex_);
    const auto minute = minute_now();
    for (auto& [key, count] : counts_) {
      const auto more = count.total - std::exchange(count.written, count.total);
      if (more == 0) continue;
      const bool stranger = open_.contains(key.webhook) && !is_ours(key.reason) && is_well(key.webhook, minute);
      fresh[app::refusal_counter(key.webhook, key.status, stranger ? Reason::stranger : key.reason)] += more;
    }
  }
  for (const auto& [name, count] : fresh)
    if (auto counted = ledger.count(name, static_cast<std::int64_t>(count), now); !counted)
      return std::unexpected(counted.error());
  return now + between_looks;
}

}  // namespace countersign::web
