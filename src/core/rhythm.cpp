#include "core/rhythm.hpp"

#include <algorithm>
#include <limits>

namespace countersign::core {
namespace {

bool ends_week(std::chrono::sys_days day) {
  const std::chrono::weekday weekday(day);
  return weekday == std::chrono::Saturday || weekday == std::chrono::Sunday;
}

std::size_t hour_of(Timestamp at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const auto hour = static_cast<std::size_t>(std::chrono::floor<std::chrono::hours>(at - day).count());
  return hour + (ends_week(day) ? 24 : 0);
}

/// How many working days, or days of weeks' ends, lie between.
int days_of_kind(Timestamp from, Timestamp until, bool end_of_week) {
  int days = 0;
  for (auto day = std::chrono::floor<std::chrono::days>(from); day < until; day += std::chrono::days(1))
    days += ends_week(day) == end_of_week ? 1 : 0;
  return days;
}

std::int64_t period_of(Timestamp at) {
  return std::chrono::floor<std::chrono::days>(at.time_since_epoch()) / Rhythm::period;
}

std::uint32_t seconds_of(Duration length) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(length).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 0, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

void Rhythm::add(Timestamp begun, Duration length) {
  const auto now = period_of(begun);
  if (now > periods) {
    for (auto& hour : by_hour)
      hour = now == periods + 1 ? Hour{0, hour.longest, 0, hour.count} : Hour{};
    periods = now;
  }
  if (auto& count = by_hour[hour_of(begun + length)].count; count < std::numeric_limits<std::uint32_t>::max()) ++count;
  // Once round the week: more touches no other hour.
  const auto end = begun + std::min<Duration>(length, std::chrono::days(7));
  for (auto at = std::chrono::floor<std::chrono::hours>(begun); at <= end; at += std::chrono::hours(1)) {
    auto& hour = by_hour[hour_of(at)];
    hour.longest = std::max(hour.longest, seconds_of(length));
  }
}

/// With its neighbours': nights don't begin on the hour.
std::uint32_t Rhythm::longest_around(Timestamp now) const {
  std::uint32_t longest = 0;
  for (const auto away : {std::chrono::hours(-1), std::chrono::hours(0), std::chrono::hours(1)}) {
    const auto& hour = by_hour[hour_of(now + away)];
    longest = std::max({longest, hour.longest, hour.longest_before});
  }
  return longest;
}

/// How many messages usually come in those hours.
double Rhythm::usual(Timestamp begun, Timestamp now, Timestamp first) const {
  const Timestamp remembered = std::chrono::sys_days((periods - 1) * period);
  const auto from = std::max(first, remembered);
  const double days[] = {std::max(1.0, double(days_of_kind(from, now, false))),
                         std::max(1.0, double(days_of_kind(from, now, true)))};
  double sum = 0;
  for (auto at = std::max(begun, now - std::chrono::days(14)); at < now;) {
    const Timestamp next = std::min<Timestamp>(now, std::chrono::floor<std::chrono::hours>(at) + std::chrono::hours(1));
    const auto slot = hour_of(at);
    const auto& hour = by_hour[slot];
    const double part = std::chrono::duration<double, std::ratio<3600>>(next - at).count();
    sum += part * (double(hour.count) + double(hour.count_before)) / days[slot < 24 ? 0 : 1];
    at = next;
  }
  return sum;
}

std::optional<Duration> Rhythm::allowed(Timestamp begun, Timestamp now, Timestamp first,
                                        const SilenceTerms& terms) const {
  if (now < first + first_week || usual(begun, now, first) < enough) return std::nullopt;
  return std::max<Duration>(terms.least, std::chrono::seconds(longest_around(now)) * std::int64_t{terms.times});
}

}  // namespace countersign::core
