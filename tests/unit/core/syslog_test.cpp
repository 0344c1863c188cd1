// Syslog headers and stamps, by table.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "core/syslog.hpp"

using namespace countersign;
using namespace countersign::core;

TEST_CASE("headers") {
  struct Case {
    std::string_view line, stamp, host, program, pid, message;
    bool exact;
  };
  const Case cases[] = {
      {"Nov 20 01:02:03 web1 sshd[42]: hello", "Nov 20 01:02:03", "web1", "sshd", "42", "hello", false},
      {"Nov  5 01:02:03 web1 sshd: hello", "Nov  5 01:02:03", "web1", "sshd", "", "hello", false},
      {"Nov 5 01:02:03.25 web1 sshd[1]:x", "Nov 5 01:02:03.25", "web1", "sshd", "1", "x", false},
      {"<38>Nov 20 01:02:03 web1 sshd[42]:  two", "Nov 20 01:02:03", "web1", "sshd", "42", " two", false},
      {"Nov 20 2026 01:02:03 web1 sshd[42]: y", "Nov 20 2026 01:02:03", "web1", "sshd", "42", "y", false},
      {"<0>1990 Oct 22 10:52:01 web1 sshd[42]: y", "1990 Oct 22 10:52:01", "web1", "sshd", "42", "y", false},
      {"2026-11-20T01:02:03.5+00:00 web1 sshd-session[42]: z", "2026-11-20T01:02:03.5+00:00", "web1", "sshd-session",
       "42", "z", true},
      {"2026-11-20 01:02:03 web1 sshd[42]: z", "2026-11-20 01:02:03", "web1", "sshd", "42", "z", false},
      {"<38>1 2026-11-20T01:02:03Z web1 sshd 42 - - hi", "2026-11-20T01:02:03Z", "web1", "sshd", "42", "hi", true},
      {"<38>1 - - sshd - - [x@1 k=\"a\\]b\"][y@1] \xEF\xBB\xBFhi", "", "", "sshd", "", "hi", false},
      {"<38>1 - - sshd - ID47 -", "", "", "sshd", "", "", false},
      {"<38>sshd[42]: no stamp", "", "", "sshd", "42", "no stamp", false},
      {"Nov 20 01:02:03 sshd[42]: no host", "Nov 20 01:02:03", "", "sshd", "42", "no host", false},
      {"Nov 20 01:02:03 web1 last message repeated 2 times", "Nov 20 01:02:03", "web1", "", "",
       "last message repeated 2 times", false},
      {"Nov 20 01:02:03 2001:db8::1 sshd[42]: x", "Nov 20 01:02:03", "2001:db8::1", "sshd", "42", "x", false},
      {"Nov 20 01:02:03 web1 my app sshd[42]: x", "Nov 20 01:02:03", "web1", "", "", "my app sshd[42]: x", false},
      {"Nov 20 01:02:03 web1 sshd[42 x]: x", "Nov 20 01:02:03", "web1", "", "", "sshd[42 x]: x", false},
      {"Nov 20 01:02:03 <4.6> web1 sshd[42]: x", "Nov 20 01:02:03", "web1", "sshd", "42", "x", false},
      {"Nov 20 01:02:03 <auth.info> web1 sshd[42]: x", "Nov 20 01:02:03", "web1", "sshd", "42", "x", false},
      {"Nov 20 01:02:03 <no end", "Nov 20 01:02:03", "<no", "", "", "end", false},
      {"Nov 20 01:02:03 web1", "Nov 20 01:02:03", "web1", "", "", "", false},
  };
  for (const auto& test : cases) {
    CAPTURE(test.line);
    const auto line = read_syslog(test.line);
    REQUIRE(line.has_value());
    CHECK(line->stamp == test.stamp);
    CHECK(line->host == test.host);
    CHECK(line->program == test.program);
    CHECK(line->pid == test.pid);
    CHECK(line->message == test.message);
    CHECK(line->exact_stamp == test.exact);
  }
}

TEST_CASE("what has no header") {
  for (const std::string_view line :
       {"", "Accepted password for bob from 1.2.3.4 port 22 ssh2", "Nov", "Nov 20", "Nov 20 01:02:03",
        "Nox 20 01:02:03 web1 sshd: x", "Nov 20 1:02:03 web1 sshd: x", "<38>", "<38>1 ",
        "<38>1 - - sshd - - [x@1 k=\"]", "<38>1 - - sshd - - [x]hi", "<38>1 yesterday web1 sshd 1 - - hi",
        "<9999>Nov 20 01:02:03 web1 sshd: x", "2026-11-20T01:02 web1 sshd: x"}) {
    CAPTURE(line);
    CHECK_FALSE(read_syslog(line).has_value());
  }
}

TEST_CASE("stamps: year and zone are found out") {
  const auto at = [](const char* text) { return *parse_rfc3339(text); };
  const auto utc = Zone();
  const auto two = *Zone::from_text("+02:00");
  struct Case {
    const char *stamp, *now;
    const Zone& zone;
    const char* expected;
  };
  const Case cases[] = {
      {"Nov 20 01:02:03", "2026-11-20T02:00:00Z", utc, "2026-11-20T01:02:03Z"},
      {"Nov 20 01:02:03", "2026-11-20T02:00:00Z", two, "2026-11-19T23:02:03Z"},
      {"Dec 31 23:59:59", "2027-01-01T00:00:05Z", utc, "2026-12-31T23:59:59Z"},
      {"Jan  1 00:00:01", "2026-12-31T23:59:00Z", utc, "2027-01-01T00:00:01Z"},
      {"Nov 21 02:00:00", "2026-11-20T02:00:00Z", utc, "2026-11-21T02:00:00Z"},
      {"Nov 21 02:00:01", "2026-11-20T02:00:00Z", utc, "2025-11-21T02:00:01Z"},
      {"Feb 29 12:00:00", "2026-11-20T02:00:00Z", utc, "2024-02-29T12:00:00Z"},
      {"Feb 30 12:00:00", "2026-11-20T02:00:00Z", utc, ""},
      {"Nov 20 24:00:00", "2026-11-20T02:00:00Z", utc, ""},
      {"Nov 20 2019 01:02:03.25", "2026-11-20T02:00:00Z", utc, "2019-11-20T01:02:03.250Z"},
      {"1990 Oct 22 10:52:01", "2026-11-20T02:00:00Z", utc, "1990-10-22T10:52:01Z"},
      {"2026-11-20T01:02:03.123456+01:00", "2026-11-20T02:00:00Z", two, "2026-11-20T00:02:03.123456Z"},
      {"2026-11-20 01:02:03.5", "2026-11-20T02:00:00Z", two, "2026-11-19T23:02:03.500Z"},
      {"yesterday", "2026-11-20T02:00:00Z", utc, ""},
      {"", "2026-11-20T02:00:00Z", utc, ""},
  };
  for (const auto& test : cases) {
    CAPTURE(test.stamp);
    const auto time = read_stamp(test.stamp, test.zone, at(test.now));
    CHECK((time ? to_rfc3339(*time) : "") == test.expected);
  }
}

TEST_CASE("zones") {
  for (const char* text : {"", "CET", "+2:00", "+24:00", "+02:60", "02:00", "+02:00x", "Europe/Berlin"}) {
    CAPTURE(text);
    CHECK_FALSE(Zone::from_text(text).has_value());
  }
  CHECK_FALSE(Zone::from_tzif("").has_value());
  CHECK_FALSE(Zone::from_tzif("TZif2" + std::string(100, '\xff')).has_value());
  std::ifstream file("/usr/share/zoneinfo/Europe/Berlin", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.empty()) return;  // a machine without zone files
  const auto berlin = Zone::from_tzif(bytes);
  REQUIRE(berlin.has_value());
  const auto utc = [&](const char* local) {
    return to_rfc3339(*read_stamp(local, *berlin, *parse_rfc3339("2026-11-20T00:00:00Z")));
  };
  CHECK(utc("2026-11-20T12:00:00") == "2026-11-20T11:00:00Z");
  CHECK(utc("2026-07-01T12:00:00") == "2026-07-01T10:00:00Z");
  CHECK(utc("2026-10-25T02:30:00") == "2026-10-25T00:30:00Z");  // twice: the earlier
  CHECK(utc("2026-03-29T02:30:00") == "2026-03-29T01:30:00Z");  // skipped
  for (std::size_t cut = 0; cut < bytes.size(); cut += 7) {
    CHECK_NOTHROW(static_cast<void>(Zone::from_tzif(std::string_view(bytes).substr(0, cut))));
  }
}
