#include "base/time.hpp"

#include <doctest/doctest.h>

namespace countersign {
namespace {

TEST_CASE("RFC 3339 times are read in every form a source writes") {
  const struct {
    std::string_view text;
    std::string_view canonical;
  } table[] = {
      {"2026-11-20T01:02:03Z", "2026-11-20T01:02:03Z"},
      {"2026-11-20t01:02:03z", "2026-11-20T01:02:03Z"},
      {"2026-11-20 01:02:03Z", "2026-11-20T01:02:03Z"},
      {"2026-11-20T01:02:03.5Z", "2026-11-20T01:02:03.500Z"},
      {"2026-11-20T01:02:03.000Z", "2026-11-20T01:02:03Z"},
      {"2026-11-20T01:02:03.123456Z", "2026-11-20T01:02:03.123456Z"},
      {"2026-11-20T01:02:03.123456999Z", "2026-11-20T01:02:03.123456Z"},
      {"2026-11-20T01:02:03.00000000000000000000000000000000000000001Z", "2026-11-20T01:02:03Z"},
      {"2026-11-20T01:02:03+02:00", "2026-11-19T23:02:03Z"},
      {"2026-11-20T01:02:03-0730", "2026-11-20T08:32:03Z"},
      {"2026-11-20T01:02:03-00:00", "2026-11-20T01:02:03Z"},
      {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"},
      {"2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"},
      {"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"},
      {"0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"},
      {"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"},
      {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
      {"2016-12-31T23:59:60.7Z", "2017-01-01T00:00:00Z"},
      {"2016-12-31T15:59:60-08:00", "2017-01-01T00:00:00Z"},
  };
  for (const auto& row : table) {
    CAPTURE(row.text);
    const auto at = parse_rfc3339(row.text);
    REQUIRE(at);
    CHECK(to_rfc3339(*at) == row.canonical);
    CHECK(parse_rfc3339(to_rfc3339(*at)) == *at);
  }
}

TEST_CASE("what is no RFC 3339 time is refused") {
  for (const std::string_view text : {
           "",
           "2026",
           "2026-11-20",
           "2026-11-20T01:02:03",
           "2026-11-20T01:02Z",
           "2026-11-20T01:02:03.Z",
           "2026-11-20T01:02:03,5Z",
           "2026-11-20T01:02:03Z ",
           " 2026-11-20T01:02:03Z",
           "2026-11-20T01:02:03ZZ",
           "2026-11-20T24:00:00Z",
           "2026-11-20T01:60:00Z",
           "2026-11-20T01:02:61Z",
           "2026-11-20T01:02:60Z",
           "2026-02-29T00:00:00Z",
           "1900-02-29T00:00:00Z",
           "2026-00-01T00:00:00Z",
           "2026-13-01T00:00:00Z",
           "2026-01-00T00:00:00Z",
           "2026-04-31T00:00:00Z",
           "+026-11-20T01:02:03Z",
           "-026-11-20T01:02:03Z",
           "2026-1-20T01:02:03Z",
           "2026-11-20T01:02:03+24:00",
           "2026-11-20T01:02:03+01:60",
           "2026-11-20T01:02:03+1:00",
           "2026-11-20T01:02:03+01",
           "2026-11-20T01:02:03+",
           "0000-01-01T00:00:00+00:01",
           "9999-12-31T23:59:59-00:01",
           "9999-12-31T23:59:60Z",
           "2026-11-20X01:02:03Z",
           "\xD9\xA2\xD9\xA0\xD9\xA2\xD9\xA6-11-20T01:02:03Z",
       }) {
    CAPTURE(text);
    const auto at = parse_rfc3339(text);
    REQUIRE_FALSE(at);
    CHECK(at.error().fault == Fault::invalid);
    CHECK(at.error().message.size() < 100);
  }
  CHECK_FALSE(parse_rfc3339(std::string_view("2026-11-20T01:02:03\0Z", 21)));
}

TEST_CASE("microseconds are the store's form of a time") {
  CHECK(to_micros(*parse_rfc3339("1970-01-01T00:00:01.000002Z")) == 1'000'002);
  CHECK(to_rfc3339(from_micros(-1)) == "1969-12-31T23:59:59.999999Z");
  CHECK(from_micros(to_micros(*parse_rfc3339("2026-11-20T01:02:03.123456Z"))) ==
        *parse_rfc3339("2026-11-20T01:02:03.123456Z"));
}

TEST_CASE("durations") {
  using namespace std::chrono_literals;
  const struct {
    std::string_view text;
    Duration span;
    std::string_view shortest;
  } table[] = {
      {"0", 0s, "0"},
      {"0s", 0s, "0"},
      {"500ms", 500ms, "500ms"},
      {"1000ms", 1s, "1s"},
      {"30s", 30s, "30s"},
      {"90s", 90s, "90s"},
      {"120s", 2min, "2m"},
      {"15m", 15min, "15m"},
      {"4h", 4h, "4h"},
      {"24h", 24h, "1d"},
      {"2d", 48h, "2d"},
      {"36h", 36h, "36h"},
      {"007m", 7min, "7m"},
      {"3653d", 24h * 3653, "3653d"},
  };
  for (const auto& row : table) {
    CAPTURE(row.text);
    const auto span = parse_duration(row.text);
    REQUIRE(span);
    CHECK(*span == row.span);
    CHECK(to_text(*span) == row.shortest);
    CHECK(parse_duration(to_text(*span)) == row.span);
  }
  CHECK(to_text(Duration(1'999)) == "1ms");
  CHECK(to_text(Duration(-90'000'000)) == "-90s");
}

TEST_CASE("what is no duration is refused") {
  for (const std::string_view text : {"",
                                      "1",
                                      "00",
                                      "s",
                                      "-1s",
                                      "+1s",
                                      "1.5h",
                                      "1h30m",
                                      "1 h",
                                      " 1h",
                                      "1h ",
                                      "1H",
                                      "1w",
                                      "1us",
                                      "1mss",
                                      "3654d",
                                      "87673h",
                                      "99999999999999999999999999999ms",
                                      "18446744073709551617s",
                                      "0x10s",
                                      "1e3s"}) {
    CAPTURE(text);
    const auto span = parse_duration(text);
    REQUIRE_FALSE(span);
    CHECK(span.error().fault == Fault::invalid);
  }
}

}  // namespace
}  // namespace countersign
