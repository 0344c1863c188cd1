#include "core/schedule.hpp"

#include <doctest/doctest.h>

using namespace countersign;
using namespace countersign::core;
using std::chrono::hours;
using std::chrono::minutes;

namespace {
const Timestamp born = *parse_rfc3339("2026-11-20T12:00:00Z");
}

TEST_CASE("an approval is born with its escalation, or its first repeat where it starts at the channel") {
  const Pace pace;
  const auto asked = first_timers(pace, born, false);
  REQUIRE(asked.size() == 2);
  CHECK(asked[0].kind == TimerKind::escalate);
  CHECK(asked[0].at == born + minutes(30));
  CHECK(asked[1].kind == TimerKind::page);
  CHECK(asked[1].at == born + hours(24));
  const auto at_channel = first_timers(pace, born, true);
  CHECK(at_channel[0].kind == TimerKind::repeat);
  CHECK(at_channel[0].at == born + hours(4));
}

TEST_CASE("repeats keep their grid; those missed while nobody ran are spoken once") {
  const Pace pace;
  const struct {
    Due fired;
    Timestamp now;
    std::vector<Timestamp> next;
  } table[] = {
      {{TimerKind::escalate, born + minutes(30)}, born + minutes(30), {born + minutes(30) + hours(4)}},
      {{TimerKind::escalate, born + minutes(30)}, born + minutes(31), {born + minutes(30) + hours(4)}},
      {{TimerKind::repeat, born + hours(4)}, born + hours(4), {born + hours(8)}},
      {{TimerKind::repeat, born + hours(4)}, born + hours(8), {born + hours(12)}},
      {{TimerKind::repeat, born + hours(4)}, born + hours(15), {born + hours(16)}},
      {{TimerKind::page, born + hours(24)}, born + hours(24), {}},
  };
  for (const auto& row : table) {
    const auto next = next_timers(pace, row.fired, row.now);
    REQUIRE(next.size() == row.next.size());
    if (!next.empty()) {
      CHECK(next[0].kind == TimerKind::repeat);
      CHECK(next[0].at == row.next[0]);
    }
  }
}

TEST_CASE("no repeats where none are wanted") {
  Pace pace;
  pace.repeat_every = Duration::zero();
  CHECK(next_timers(pace, {TimerKind::repeat, born}, born).empty());
}
