// How long a silence is: learnt over simulated weeks of Poisson arrivals by day and night, steady beats and weekends.
#include "core/rhythm.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

using namespace countersign;
using core::Rhythm;

namespace {

const Timestamp start = *parse_rfc3339("2026-11-02T00:00:00Z");  // a Monday

struct World {
  std::mt19937_64 random;
  double by_day = 120, by_night = 3600;  // seconds between two messages, on average
  bool weekends = true;                  // it speaks on Saturdays and Sundays as well, at night's pace

  [[nodiscard]] double rate(Timestamp at) const {
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const auto hour = std::chrono::floor<std::chrono::hours>(at - day).count();
    const std::chrono::weekday weekday(day);
    const bool weekend = weekday == std::chrono::Saturday || weekday == std::chrono::Sunday;
    if (weekend && !weekends) return 0;
    return hour >= 7 && hour < 19 && !weekend ? 1 / by_day : 1 / by_night;
  }
  /// The next arrival of an inhomogeneous Poisson process, by thinning.
  Timestamp next(Timestamp at) {
    const double most = 1 / std::min(by_day, by_night);
    std::exponential_distribution<double> wait(most);
    std::uniform_real_distribution<double> coin(0, 1);
    do
      at += std::chrono::microseconds(static_cast<std::int64_t>(wait(random) * 1e6));
    while (coin(random) * most > rate(at));
    return at;
  }
};

struct Seen {
  int alarms = 0;
  std::int64_t arrivals = 0;
  Rhythm rhythm;
  Timestamp last = start;
};

/// Lives through `days`, looking every five minutes; an alarm is a silence that ended after it was too long.
Seen live(World& world, int days) {
  Seen seen;
  while (seen.last < start + std::chrono::days(days)) {
    const auto at = world.next(seen.last);
    bool alarm = false;
    for (auto now = seen.last + std::chrono::minutes(10); now < at && !alarm; now += std::chrono::minutes(5)) {
      const auto allowed = seen.rhythm.allowed(seen.last, now, start, {});
      alarm = allowed && now - seen.last > *allowed;
    }
    if (alarm) ++seen.alarms;
    seen.rhythm.add(seen.last, at - seen.last);
    seen.last = at;
    ++seen.arrivals;
  }
  return seen;
}

/// How long a silence that begins at that hour of a Wednesday lasts until it is too long.
Duration found_after(const Seen& seen, Timestamp monday, std::chrono::hours hour) {
  const auto begun = monday + std::chrono::days(2) + hour;
  auto now = begun;
  for (; now < begun + std::chrono::days(3); now += std::chrono::minutes(1)) {
    const auto allowed = seen.rhythm.allowed(begun, now, start, {});
    if (allowed && now - begun > *allowed) break;
  }
  return now - begun;
}

}  // namespace

TEST_CASE(
    "no false alarm in months of nights and weekends; a true silence is found, by day soon, by night in the morning") {
  int alarms = 0;
  std::int64_t arrivals = 0;
  constexpr int weeks = 9;
  for (unsigned host = 0; host < 30; ++host) {
    World world{std::mt19937_64(host)};
    world.by_day = 60 + 12 * host;
    world.by_night = world.by_day * (host % 3 == 0 ? 1 : 20);
    world.weekends = host % 3 != 2;
    const auto seen = live(world, weeks * 7);
    alarms += seen.alarms;
    arrivals += seen.arrivals;
    const auto monday = start + std::chrono::days(weeks * 7);
    const Duration usual = std::chrono::seconds(static_cast<std::int64_t>(world.by_day));
    CHECK(found_after(seen, monday, std::chrono::hours(10)) < 35 * usual);
    CHECK(found_after(seen, monday, std::chrono::hours(10)) > 12 * usual);
    CHECK(found_after(seen, monday, std::chrono::hours(2)) < std::chrono::hours(9));
  }
  CHECK(arrivals > 200'000);
  CHECK(alarms == 0);
}

TEST_CASE("nothing is concluded before a week was seen, nor where hardly a message was to be expected") {
  World world{std::mt19937_64(7)};
  const auto seen = live(world, 7);
  const auto noon = [&](int day) { return start + std::chrono::days(day) + std::chrono::hours(12); };
  CHECK(!seen.rhythm.allowed(noon(7), noon(7) + std::chrono::hours(5), start, {}));
  CHECK(seen.rhythm.allowed(noon(9), noon(9) + std::chrono::hours(5), start, {}));
  CHECK(!seen.rhythm.allowed(noon(9), noon(9) + std::chrono::minutes(20), start, {}));
  CHECK(!Rhythm().allowed(noon(9), noon(12), start, {}));
}

TEST_CASE("what is long ago is forgotten; least and times are the operator's") {
  Rhythm rhythm;
  const auto day = [](int n) { return start + std::chrono::days(n) + std::chrono::hours(12); };
  rhythm.add(day(0), std::chrono::hours(5));
  const auto fill = [&](int from, int until) {
    for (int n = from; n < until; ++n)
      for (int i = 0; i < 30; ++i)
        rhythm.add(day(n) + std::chrono::minutes(2 * i), std::chrono::minutes(2));
  };
  fill(1, 10);
  const auto now = [&](int n) { return day(n) + std::chrono::minutes(59); };
  CHECK(*rhythm.allowed(day(10), now(10), start, {}) == Duration(std::chrono::hours(10)));
  fill(10, 85);
  CHECK(*rhythm.allowed(day(86), now(86), start, {}) == Duration(std::chrono::minutes(10)));
  CHECK(*rhythm.allowed(day(86), now(86), start, {.watch = true, .least = {}, .times = 4, .owed = {}}) ==
        Duration(std::chrono::minutes(8)));
}
