#include "app/pace.hpp"

#include <doctest/doctest.h>

namespace countersign::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Timestamp start{seconds(1000)};
constexpr PaceSettings slack_like{seconds(1), 4, 10};

}  // namespace

TEST_CASE("an idle target takes a few at once, then one a second, and has all its room back after a rest") {
  Pace pace(slack_like, start - seconds(100));
  for (const std::size_t left : {4U, 3U, 2U, 1U}) {
    const auto room = pace.room("a", start);
    CHECK(room.from <= start);
    CHECK(room.messages == left);
    CHECK(room.together == 10);
    pace.spend("a", start);
  }
  CHECK(pace.room("a", start).from == start + seconds(1));
  CHECK(pace.room("a", start).messages == 1);
  CHECK(pace.room("b", start).from <= start);  // another target has its own
  CHECK(pace.room("a", start + milliseconds(2500)).messages == 2);
  CHECK(pace.room("a", start + seconds(4)).messages == 4);
}

TEST_CASE("a second's stream stays within burst and rate, whatever is asked") {
  Pace pace(slack_like, start - seconds(100));
  std::vector<Timestamp> sent;
  for (auto now = start; now < start + seconds(20); now += milliseconds(10))
    if (pace.room("a", now).from <= now) {
      pace.spend("a", now);
      sent.push_back(now);
    }
  REQUIRE(sent.size() == 4 + 19);
  CHECK(sent[3] == start + milliseconds(30));
  for (std::size_t i = 4; i < sent.size(); ++i)
    CHECK(sent[i] == start + seconds(i - 3));
}

TEST_CASE("after a start there is room for two: what an earlier life sent isn't known") {
  Pace pace(slack_like, start);
  CHECK(pace.room("a", start).from <= start);
  CHECK(pace.room("a", start).messages == 2);
  pace.spend("a", start);
  pace.spend("a", start);
  CHECK(pace.room("a", start).from == start + seconds(1));
  CHECK(pace.room("b", start + seconds(2)).messages == 4);
}

TEST_CASE("told to wait, nothing goes there before, and a crowd shares the first message after it") {
  Pace pace(slack_like, start - seconds(100));
  pace.hold("a", start + seconds(30));
  CHECK(pace.room("a", start).from == start + seconds(30));
  CHECK(pace.room("a", start + seconds(30)).messages == 1);
  CHECK(pace.room("b", start).from <= start);
  pace.hold("a", start + seconds(10));
  CHECK(pace.room("a", start).from == start + seconds(30));
}

TEST_CASE("pagers, and a chat without a pace, take all") {
  Pace pace(slack_like, start);
  Pace none({}, start);
  for (int i = 0; i < 100; ++i) {
    pace.spend("pager:mail", start);
    none.spend("a", start);
  }
  CHECK(pace.room("pager:mail", start).from <= start);
  CHECK(pace.room("pager:mail", start).together == 1);
  CHECK(none.room("a", start).from <= start);
}

TEST_CASE("many targets: those at rest are forgotten, those in use are not") {
  Pace pace(slack_like, start - seconds(100));
  for (int i = 0; i < 5000; ++i)
    pace.spend(std::to_string(i), start + seconds(i));
  for (int i = 0; i < 4; ++i)
    pace.spend("4999", start + seconds(4999));
  CHECK(pace.room("4999", start + seconds(4999)).from > start + seconds(4999));
  CHECK(pace.room("0", start + seconds(4999)).messages == 4);
}

}  // namespace countersign::app
