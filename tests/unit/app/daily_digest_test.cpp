// The digest of the day before: when it is due, that it comes once, and what it says.
#include "app/daily_digest.hpp"

#include "unit/app/house.hpp"

namespace countersign::test {
namespace {

using std::chrono::hours, std::chrono::minutes;

core::Daily daily(std::string_view zone, std::chrono::minutes at) {
  return {at, *core::Zone::from_text(zone), std::string(zone)};
}

Timestamp go(House& house) {
  const auto round =
      house.read([&](app::View& view) { return app::digest_day(view, *house.policy->current(), house.clock.now()); });
  Timestamp next;
  house.work([&](app::Ledger& ledger) -> Result<void> {
    const auto due = round(ledger, *house.policy->current(), house.clock.now());
    if (!due) return std::unexpected(due.error());
    next = *due;
    return {};
  });
  return next;
}

std::vector<app::Notification> told(House& house) {
  return house.read([](app::View& view) { return view.told(100); });
}

}  // namespace

TEST_CASE("the day's turn, in its own time zone") {
  const struct {
    const char* zone;
    minutes at;
    const char *now, *due, *next, *from, *to;
  } cases[] = {
      {"UTC", hours(8), "2026-11-20T08:00:00Z", "2026-11-20T08:00:00Z", "2026-11-21T08:00:00Z", "2026-11-19T00:00:00Z",
       "2026-11-20T00:00:00Z"},
      {"UTC", hours(8), "2026-11-20T07:59:59Z", "2026-11-19T08:00:00Z", "2026-11-20T08:00:00Z", "2026-11-18T00:00:00Z",
       "2026-11-19T00:00:00Z"},
      {"UTC", minutes(0), "2026-11-20T00:00:00Z", "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z",
       "2026-11-19T00:00:00Z", "2026-11-20T00:00:00Z"},
      {"+02:00", hours(8), "2026-11-20T06:30:00Z", "2026-11-20T06:00:00Z", "2026-11-21T06:00:00Z",
       "2026-11-18T22:00:00Z", "2026-11-19T22:00:00Z"},
      {"-05:00", hours(23), "2026-11-20T03:59:00Z", "2026-11-19T04:00:00Z", "2026-11-20T04:00:00Z",
       "2026-11-17T05:00:00Z", "2026-11-18T05:00:00Z"},
  };
  for (const auto& row : cases) {
    CAPTURE(row.zone);
    CAPTURE(row.now);
    const auto turn = app::turn_of(daily(row.zone, row.at), *parse_rfc3339(row.now));
    CHECK(to_rfc3339(turn.due) == row.due);
    CHECK(to_rfc3339(turn.next) == row.next);
    CHECK(to_rfc3339(turn.from) == row.from);
    CHECK(to_rfc3339(turn.to) == row.to);
  }
}

TEST_CASE("it comes once a day, not on the first start, and once for all that was missed") {
  House house;  // noon
  go(house);
  CHECK(told(house).empty());
  house.post(login(house.clock, "1", "alice"));
  house.clock.advance(hours(20));  // 08:00
  go(house);
  go(house);
  REQUIRE(told(house).size() == 1);
  CHECK(told(house)[0].purpose == "daily");
  CHECK(told(house)[0].detail.starts_with("2026-11-20 (UTC): 1 login. Verdicts: 1 unenrolled.\n"));
  CHECK(house.chat.count("security_channel", "daily") == 1);
  house.clock.advance(hours(24 * 3));
  house.restart();
  go(house);
  go(house);
  CHECK(told(house).size() == 2);
  CHECK(told(house)[0].detail.starts_with("2026-11-23 (UTC): 0 logins.\n"));
}

TEST_CASE("nothing is sent in shadow mode, and nothing is owed where it is off") {
  House house;
  go(house);
  house.clock.advance(hours(20));
  SUBCASE("shadow") {
    house.schedule.shadow = true;
    house.apply_schedule();
    go(house);
    REQUIRE(told(house).size() == 1);
    CHECK(told(house)[0].state == app::NotificationState::cancelled);
  }
  SUBCASE("off") {
    house.schedule.daily.reset();
    house.apply_schedule();
    CHECK(go(house) == house.clock.now() + hours(1));
    CHECK(told(house).empty());
  }
  CHECK(house.chat.count("security_channel", "daily") == 0);
}

TEST_CASE("a login that nobody can tell about is in the digest, with its host and when that was blind") {
  House house;
  house.work([](app::Ledger& ledger) { return ledger.expect_agents({"bastion"}); });
  house.work([&](app::Ledger& ledger) {
    return ledger.cover("bastion", "kernel", house.clock.now() - hours(12), house.clock.now() - hours(1));
  });
  go(house);
  house.post(login(house.clock, "1", "alice"));
  house.pass(hours(20), minutes(10));
  go(house);
  REQUIRE(told(house).size() == 1);
  const auto words = told(house)[0].detail;
  CHECK_MESSAGE(words.find("1 indeterminate") != std::string::npos, words);
  CHECK_MESSAGE(words.find("Indeterminate: 1 login, a witness was blind or silent then: 1 of bastion (blind from "
                           "2026-11-20T11:00:00Z to ") != std::string::npos,
                words);
}

TEST_CASE("deliveries that were refused are in the digest, but for what may be anybody's") {
  const struct {
    std::vector<app::RefusedDeliveries> refused;
    std::string line;
  } cases[] = {
      {{}, ""},
      {{{"papertrail", 413, "too_large", 12}, {"splunk", 401, "token", 3}},
       "Refused: 12 deliveries of papertrail (413 too large), 3 of splunk (401 token missing or wrong).\n"},
      {{{"papertrail", 503, "overloaded", 1}}, "Refused: 1 delivery of papertrail (503 no room).\n"},
      {{{"", 404, "no_webhook", 900}, {"sns", 401, "stranger", 40}}, ""},
      {{{"", 404, "no_webhook", 900}, {"sns", 401, "token", 2}},
       "Refused: 2 deliveries of sns (401 token missing or wrong).\n"},
      {{{"a", 400, "unreadable", 9},
        {"b\n<b>", 400, "of_a\nlater_release", 8},
        {std::string(90, 'c'), 400, "unreadable", 7},
        {"d", 400, "unreadable", 6},
        {"e", 413, "too_large", 5}},
       "Refused: 9 deliveries of a (400 unreadable), 8 of b\xEF\xBF\xBD<b> (400 of_a\xEF\xBF\xBDlater_release), 7 of " +
           std::string(39, 'c') + "\xE2\x80\xA6 (400 unreadable), and 11 more.\n"},
  };
  for (const auto& row : cases) {
    CAPTURE(row.line);
    app::DayFigures figures;
    figures.report.refused = row.refused;
    const auto words = app::words_of(figures);
    CHECK_MESSAGE(words.find("understood.\n" + row.line + "Audit: ") != std::string::npos, words);
  }
}

TEST_CASE("what it says, of a bad day and of a quiet one") {
  app::DayFigures figures;
  figures.date = "2026-11-20";
  figures.zone = "Europe/Berlin";
  CHECK(app::words_of(figures) ==
        "2026-11-20 (Europe/Berlin): 0 logins.\n"
        "Findings: 0 open, 0 raised that day.\n"
        "Questions: 0 asked that day, 0 denied; none waits now.\n"
        "Coverage: no agent was blind.\n"
        "Quarantine: every message was understood.\n"
        "Audit: 0 entries, head none");
  figures.now = *parse_rfc3339("2026-11-21T08:00:00Z");
  figures.report.summary.add("matched", true, 90);
  figures.report.summary.add("missing_log", true, 2);
  figures.report.summary.add("indeterminate", true, 4);
  figures.report.findings.resize(3);  // one of them was raised another day
  figures.report.findings[0].raised = figures.report.findings[2].raised = true;
  figures.findings_open = 3;
  figures.report.approvals.total = 40;
  figures.report.approvals.denied = 1;
  figures.questions_open = 4;
  figures.oldest_question = *parse_rfc3339("2026-11-20T09:00:00Z");
  for (const auto* name : {"web1", "web2\n<b>", "web3", "web4"}) {
    app::ReportHost host;
    host.name = name;
    host.coverage.enrolled = true;
    host.coverage.gaps = {{figures.now - minutes(90), figures.now, 0, "silent"}};
    host.verdicts.add("indeterminate", true, 1);
    figures.report.hosts.push_back(host);
  }
  app::ReportHost bare;
  bare.name = "bare";
  figures.report.hosts.push_back(bare);
  figures.report.quarantine = {{"papertrail", "sudo", 7}};
  figures.report.audit_entries = 12;
  figures.report.audit_head = app::AuditEntry{Id{1}, {}, "root", "", "", std::string(32, '\xab')};
  CHECK(
      app::words_of(figures) ==
      "2026-11-20 (Europe/Berlin): 96 logins. Verdicts: 90 matched, 2 missing log, 4 indeterminate.\n"
      "Indeterminate: 4 logins, a witness was blind or silent then: 1 of web1 (blind from 2026-11-21T06:30:00Z to "
      "2026-11-21T08:00:00Z), 1 of web2\xEF\xBF\xBD<b> (blind from 2026-11-21T06:30:00Z to 2026-11-21T08:00:00Z), 1 of "
      "web3 (blind from 2026-11-21T06:30:00Z to 2026-11-21T08:00:00Z), and of 1 more.\n"
      "Findings: 3 open, 2 raised that day.\n"
      "Questions: 40 asked that day, 1 denied; 4 wait now, the oldest for 23 h.\n"
      "Coverage: blind were web1 (1 gap for 1 h at most), web2\xEF\xBF\xBD<b> (1 gap for 1 h at most), web3 (1 gap "
      "for 1 h "
      "at most) and 1 more; 1 host without an agent.\n"
      "Quarantine: 7 messages no rule understood.\n"
      "Audit: 12 entries, head " +
          std::string("abababababababababababababababababababababababababababababababab"));
}

}  // namespace countersign::test
