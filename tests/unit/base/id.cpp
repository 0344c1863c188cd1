#include "base/id.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <vector>

namespace countersign {
namespace {

using namespace std::chrono_literals;

const Timestamp noon = *parse_rfc3339("2026-11-20T12:00:00Z");

TEST_CASE("an id holds the milliseconds since 2020 above 21 bits of counter") {
  IdSource source;
  CHECK(source.next(*parse_rfc3339("2020-01-01T00:00:00.001Z")).value == (std::int64_t{1} << 21));
  CHECK(source.next(*parse_rfc3339("2020-01-01T00:00:00.0019Z")).value == (std::int64_t{1} << 21) + 1);
  CHECK(source.next(*parse_rfc3339("2020-01-01T00:00:01Z")).value == (std::int64_t{1000} << 21));
}

TEST_CASE("ids rise, whatever the clock does") {
  IdSource source;
  std::vector<Id> ids;
  for (const auto step : {0s, 1s, -3600s, 0s, 5s, -1'000'000'000s, 0s, 86400s})
    for (int i = 0; i < 1000; ++i)
      ids.push_back(source.next(noon + step));
  CHECK(std::is_sorted(ids.begin(), ids.end()));
  CHECK(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
  const auto since = noon + 86400s - *parse_rfc3339("2020-01-01T00:00:00Z");
  CHECK((ids.back().value >> 21) == since / 1ms);
}

TEST_CASE("more ids than a millisecond's counter holds run into the next millisecond") {
  IdSource source;
  const Id first = source.next(noon);
  Id last = first;
  for (int i = 0; i < (1 << 21) + 5; ++i) {
    const Id next = source.next(noon);
    if (next.value != last.value + 1) FAIL("a gap or a step back");
    last = next;
  }
  CHECK((last.value >> 21) == ((first.value >> 21) + 1));
  CHECK(source.next(noon + 1ms) > last);
}

TEST_CASE("an id is never at or below the floor") {
  const Id newest = IdSource().next(noon + 1h);  // as after a clock was set back
  IdSource source(newest);
  CHECK(source.next(noon) > newest);
}

TEST_CASE("clocks before 2020 and after 2159 still give rising ids") {
  IdSource source;
  const Id first = source.next(*parse_rfc3339("1970-01-01T00:00:00Z"));
  CHECK(first.value == 1);
  CHECK(source.next(Timestamp::min()) > first);
  const Id far = source.next(*parse_rfc3339("9999-12-31T00:00:00Z"));
  CHECK(far.value > 0);
  CHECK(source.next(noon) > far);
  IdSource spent(Id{std::numeric_limits<std::int64_t>::max()});
  CHECK_THROWS_AS(spent.next(noon), std::overflow_error);
}

TEST_CASE("ids as text") {
  const struct {
    std::int64_t value;
    std::string_view text;
  } table[] = {
      {0, "0000000000000"},  {1, "0000000000001"},
      {31, "000000000000z"}, {32, "0000000000010"},
      {18, "000000000000j"},  // i, l, o and u are no digits
      {20, "000000000000m"}, {22, "000000000000p"},
      {27, "000000000000v"}, {std::numeric_limits<std::int64_t>::max(), "7zzzzzzzzzzzz"},
  };
  for (const auto& row : table) {
    CHECK(to_text(Id{row.value}) == row.text);
    CHECK(parse_id(row.text) == Id{row.value});
  }
  CHECK(parse_id("01HZX3K9V2M4Q") == parse_id("01hzx3k9v2m4q"));
  CHECK(to_text(*parse_id("01HZX3K9V2M4Q")) == "01hzx3k9v2m4q");
}

TEST_CASE("the text sorts as the numbers do") {
  IdSource source;
  std::string before;
  for (const auto later : {0ms, 1ms, 31ms, 32ms, 1024ms, 99'999'999ms, 31'536'000'000ms}) {
    const auto text = to_text(source.next(noon + later));
    CHECK(text > before);
    before = text;
  }
}

TEST_CASE("what is no id is refused") {
  for (const std::string_view text :
       {"", "0", "000000000000", "00000000000000", "8000000000000", "zzzzzzzzzzzzz", "000000000000i", "000000000000l",
        "000000000000o", "000000000000u", "-000000000001", "+000000000001", " 000000000001", "0000000000 01",
        "00000000000\xC3\xA9", "../../../etc/", "01hzx3k9v2m4'"}) {
    CAPTURE(text);
    const auto id = parse_id(text);
    REQUIRE_FALSE(id);
    CHECK(id.error().fault == Fault::invalid);
  }
}

}  // namespace
}  // namespace countersign
