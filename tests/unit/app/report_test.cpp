// What the report lists: findings of a span with the logins they are about, and questions, each counted apart.
#include "app/compose_report.hpp"
#include "app/report_hosts.hpp"
#include "app/report_lists.hpp"
#include "unit/app/house.hpp"

namespace countersign::test {
namespace {

using std::chrono::hours, std::chrono::minutes, std::chrono::seconds;

/// A house with an agent on bastion that never sees anything.
class Reported : public House {
 public:
  Reported() {
    work([](app::Ledger& ledger) { return ledger.expect_agents({"bastion"}); });
    cover();
  }
  void cover() {
    work([&](app::Ledger& ledger) { return ledger.cover("bastion", "kernel", begun, clock.now()); });
  }
  app::Report report(Timestamp from, Timestamp to) {
    return read([&](app::View& view) { return app::compose_report(view, small_directory(), from, to, clock.now()); });
  }
  /// A piece of the report's lists.
  template <typename Piece>
  auto look(const app::Report& report, Piece piece) {
    return read([&](app::View& view) {
      app::SnapshotLists lists(view, report);
      return piece(lists);
    });
  }
  std::vector<app::FindingEvent> events(const app::Report& report, std::size_t finding) {
    return look(report, [&](app::ReportLists& lists) { return lists.events(report.findings[finding].id, {}, 100); });
  }

  const Timestamp begun = clock.now() - hours(1);
};

}  // namespace

TEST_CASE("a finding is listed with the login it is about, though it was raised after the span's end") {
  Reported house;
  house.pass(minutes(1), minutes(1));
  house.post(login(house.clock, "f", "alice", 50001));
  const auto end = house.clock.now() + seconds(30);
  house.pass(minutes(6), minutes(1));
  house.cover();
  const auto report = house.report(house.begun, end);
  CHECK(report.summary.missing_kernel == 1);
  REQUIRE(report.findings.size() == 1);
  CHECK_FALSE(report.findings[0].raised);
  CHECK(report.finding_counts().raised == 0);
  CHECK(report.finding_counts().open == 1);
  const auto events = house.events(report, 0);
  REQUIRE(events.size() == 1);
  REQUIRE(events[0].login);
  CHECK(events[0].login->event.user == "alice");
  CHECK(events[0].login->sightings.size() == 1);
  SUBCASE("the span in which it was raised lists it too") {
    const auto later = house.report(end, house.clock.now() + seconds(1));
    CHECK(later.summary.logins == 0);
    REQUIRE(later.findings.size() == 1);
    CHECK(later.findings[0].raised);
  }
  SUBCASE("a span that neither lies in does not") {
    CHECK(house.report(house.begun - hours(2), house.begun).findings.empty());
  }
}

TEST_CASE("logins without a host are a row of their own, and no host") {
  House house;
  core::Event signin;
  signin.time = house.clock.now();
  signin.action = "console_login";
  signin.outcome = "success";
  signin.user = "root";
  house.posted(signin, "api", "s1");
  house.posted(signin, "log", "s2");
  const auto directory = small_directory();
  const auto report = house.read([&](app::View& view) {
    return app::compose_report(view, directory, house.clock.now() - hours(1), house.clock.now() + hours(1),
                               house.clock.now());
  });
  const auto row = std::ranges::find(report.hosts, app::no_host, &app::ReportHost::name);
  REQUIRE(row != report.hosts.end());
  CHECK(row->verdicts.logins == 2);
  CHECK(row->verdicts.not_applicable == 2);
  CHECK(row->ways.empty());
  CHECK_FALSE(row->believed_until);
  for (const auto& host : report.hosts)
    CHECK_FALSE(host.name.empty());
  const auto known = house.read([&](app::View& view) { return app::hosts_now(view, directory, house.clock.now()); });
  for (const auto& host : known)
    CHECK((!host.name.empty() && host.name != app::no_host));
}

TEST_CASE("a finding that grew has every login, page by page") {
  Reported house;
  for (int i = 0; i < 40; ++i)
    house.post(login(house.clock, fmt::format("f{}", i), "alice", 52000 + i));
  house.pass(minutes(6), minutes(1));
  house.cover();
  const auto report = house.report(house.begun, house.clock.now());
  REQUIRE(report.findings.size() == 4);
  const auto grown = report.findings[0].id;
  std::set<std::int64_t> ports;
  Id after;
  for (const std::size_t expected : {20, 17, 0}) {
    const auto page = house.look(report, [&](app::ReportLists& lists) { return lists.events(grown, after, 20); });
    REQUIRE(page.size() == expected);
    for (const auto& of : page) {
      REQUIRE(of.login);
      ports.insert(*of.login->event.port);
      after = of.event.id;
    }
  }
  CHECK(ports.size() == 37);
}

TEST_CASE("two messages under one id stand side by side") {
  Reported house;
  house.post(login(house.clock, "7", "alice", 50001));
  house.post(login(house.clock, "7", "bob", 50001, ""));
  const auto report = house.report(house.begun, house.clock.now() + seconds(1));
  REQUIRE(report.findings.size() == 1);
  const auto events = house.events(report, 0);
  REQUIRE(events.size() == 1);
  CHECK(events[0].event.event.user == "bob");
  REQUIRE(events[0].same_id.size() == 1);
  CHECK(events[0].same_id[0].event.user == "alice");
}

TEST_CASE("refused deliveries are those of the hours that the span touches") {
  Reported house;  // noon
  const auto count = [&](std::string_view name, std::int64_t by, Duration at) {
    house.work([&](app::Ledger& ledger) { return ledger.count(name, by, house.clock.now() + at); });
  };
  count("refused.413.too_large.papertrail", 3, minutes(-1));
  count("refused.413.too_large.papertrail", 2, minutes(1));
  count("refused.413.too_large.papertrail", 5, minutes(59));
  count("refused.401.token.old.hook", 9, hours(1));
  count("refused.404.no_webhook.", 1, minutes(0));
  count("refused.nonsense", 1, minutes(0));
  count("export.delivered.413", 1, minutes(0));
  const struct {
    Duration from, to;
    std::vector<std::tuple<std::string, int, std::string, std::int64_t>> refused;
  } cases[] = {
      {hours(-9), hours(-8), {}},
      {hours(0), hours(1), {{"papertrail", 413, "too_large", 7}, {"", 404, "no_webhook", 1}}},
      {minutes(30), minutes(31), {{"papertrail", 413, "too_large", 7}, {"", 404, "no_webhook", 1}}},
      {minutes(59),
       minutes(61),
       {{"old.hook", 401, "token", 9}, {"papertrail", 413, "too_large", 7}, {"", 404, "no_webhook", 1}}},
      {hours(-9), minutes(0), {{"papertrail", 413, "too_large", 3}}},
      {hours(-9),
       hours(9),
       {{"papertrail", 413, "too_large", 10}, {"old.hook", 401, "token", 9}, {"", 404, "no_webhook", 1}}},
  };
  const auto now = house.clock.now();
  for (const auto& row : cases) {
    CAPTURE(row.from);
    const auto report = house.report(now + row.from, now + row.to);
    REQUIRE(report.refused.size() == row.refused.size());
    for (std::size_t i = 0; i < row.refused.size(); ++i) {
      const auto& refused = report.refused[i];
      CHECK(std::tuple(refused.webhook, refused.status, refused.reason, refused.n) == row.refused[i]);
    }
  }
}

TEST_CASE("questions and findings are counted apart, and every open question is listed") {
  Reported house;
  for (int i = 0; i < 3; ++i)
    house.post(login(house.clock, fmt::format("q{}", i), "alice", 50001 + i, "SHA256:alice", "web1",
                     fmt::format("203.0.113.{}", i)));
  house.post(login(house.clock, "7", "bob", 50011, "", "web1"));
  house.post(login(house.clock, "7", "bob", 50012, "", "web1"));  // a finding
  const auto now = house.clock.now() + seconds(1);
  auto report = house.report(house.begun, now);
  CHECK(report.approvals.total == 4);
  CHECK(report.approvals.pending == 4);
  CHECK(report.finding_counts().open == 1);
  const auto asked = [&](core::ApprovalState state, const app::ReportAsked* after) {
    return house.look(report, [&](app::ReportLists& lists) { return lists.asked(state, after, 3); });
  };
  const auto page = asked(core::ApprovalState::pending, nullptr);
  REQUIRE(page.size() == 3);
  CHECK(page[0].addressed_to == "Alice");
  CHECK(page[0].first->address == "203.0.113.0");
  CHECK(asked(core::ApprovalState::pending, &page[2]).size() == 1);

  REQUIRE(house.say(report.findings[0].id, says(core::Act::approve, "sec", true)));
  REQUIRE(house.say(page[0].id, says(core::Act::deny, "Alice")));
  report = house.report(house.begun, now);
  CHECK(report.approvals.pending == 3);
  CHECK(report.approvals.denied == 1);
  CHECK(report.approvals.approved == 0);
  CHECK(report.approvals.decided.n == 1);
  CHECK(report.finding_counts().signed_off == 1);
  const auto denied = asked(core::ApprovalState::denied, nullptr);
  REQUIRE(denied.size() == 1);
  CHECK(denied[0].decided_by == "Alice");
  for (const auto& decider : report.approvals.by)
    if (decider.name == "sec") {
      CHECK(decider.approved == 0);
      CHECK(decider.findings == 1);
    }
}

namespace {

core::Event seen(const Clock& clock, std::string user, int port, std::int64_t pid) {
  core::Event event;
  event.time = clock.now();
  event.host = "bastion";
  event.user = std::move(user);
  event.address = "203.0.113.7";
  event.port = port;
  event.pid = pid;
  event.method = "publickey";
  event.key = "SHA256:alice";
  return event;
}

/// What bastion's log taught about its delay.
std::size_t samples_of_log(House& house) {
  for (const auto& host : house.read([](app::View& view) { return view.all_streams(); }))
    for (const auto& stream : host.streams.all)
      if (stream.witness == "log") return stream.lag.values().size();
  return 0;
}

}  // namespace

TEST_CASE("what a backfill brings says nothing of the stream's delay, in the report or for verdicts") {
  Reported house;
  const auto bring = [&](core::Record line, bool live) {
    app::Decoded decoded;
    decoded.records.push_back(std::move(line));
    std::promise<Result<app::Tally>> answered;
    house.ingest->messages(app::Source{"papertrail", "log", {"*"}, "", live, live}, std::move(decoded),
                           [&](auto tally) { answered.set_value(std::move(tally)); });
    REQUIRE(answered.get_future().get());
    house.settle();
  };
  house.see(seen(house.clock, "alice", 50001, 4243), "k1");
  const auto missed = login(house.clock, "1", "alice", 50001);
  house.pass(hours(1), minutes(10));
  bring(missed, false);
  house.pass(minutes(6), minutes(1));
  CHECK(house.House::events().front().stored.verdict == "matched");
  CHECK(samples_of_log(house) == 0);

  house.see(seen(house.clock, "alice", 50002, 4244), "k2");
  auto live = login(house.clock, "2", "alice", 50002);
  live.pid = 4244;
  house.clock.advance(seconds(3));
  bring(live, true);
  house.pass(seconds(5));
  CHECK(samples_of_log(house) == 1);
  const auto report = house.report(house.begun, house.clock.now());
  REQUIRE(report.delivery.size() == 1);
  CHECK(report.delivery[0].delay.n == 1);
  CHECK(report.delivery[0].delay.worst == seconds(3));
  CHECK(report.delivery[0].delay.p50 == seconds(3));
  CHECK(report.delivery[0].brought == 1);
  CHECK(report.delivery[0].unknown == 0);
}

TEST_CASE("a login from another of our hosts: the session it came out of is named by whose it is") {
  for (const auto* out_of : {"alice", "mallory"}) {
    CAPTURE(out_of);
    Reported house;
    auto entries = small_directory().entries();
    entries.hosts = {{"bastion", {}, {}, {}, false, false}, {"db1", {"10.0.0.9"}, {}, {}, false, false}};
    house.policy->replace(std::make_shared<const app::Policy>(
        app::Policy{small_engine(), core::Directory(std::move(entries)), house.schedule, std::chrono::minutes(2)}));
    house.see(seen(house.clock, out_of, 50001, 77), "outer");
    house.pass(seconds(5));
    core::Event out = seen(house.clock, out_of, 40404, 77);
    out.action = "connection_out";
    out.address = "10.0.0.5";
    core::set_field(out, "destination.ip", "10.0.0.9");
    house.posted(out, "kernel", "out");
    house.post(login(house.clock, "1", "alice", 50009, "SHA256:alice", "db1", "10.0.0.77"));
    house.post(login(house.clock, "1", "alice", 40404, "SHA256:alice", "db1", "10.0.0.5"));  // a finding: its id came
    const auto report = house.report(house.begun, house.clock.now() + seconds(1));
    REQUIRE(report.findings.size() == 1);
    const auto marks = house.events(report, 0).at(0).marks;
    REQUIRE(marks.size() == 1);
    const auto host = std::ranges::find(report.hosts, "db1", &app::ReportHost::name);
    REQUIRE(host->origins.size() == 1);
    if (out_of == std::string("alice")) {
      CHECK(marks[0] == "from bastion, where alice has a session");
      CHECK(host->origins[0].of_others == 0);
    } else {
      CHECK(marks[0] ==
            "from bastion, where mallory has a session: it came out of that, and not out of one of alice's");
      CHECK(host->origins[0].of_others == 1);
    }
  }
}

}  // namespace countersign::test
