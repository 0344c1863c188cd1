#include "app/ways.hpp"

#include "app/compose_report.hpp"
#include "tests/unit/app/house.hpp"

using namespace countersign;
using namespace countersign::test;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

app::Way daemon(std::string name) {
  return {std::move(name), "daemon", 0};
}

class Ways : public House {
 public:
  void tell(const std::string& host, const std::vector<app::Way>& ways) {
    work([&](app::Ledger& ledger) { return app::note_ways(ledger, *policy->current(), host, ways, clock.now()); });
    clock.advance(minutes(1));
  }
  std::vector<app::FullApproval> findings() {
    auto all = approvals();
    std::erase_if(all, [](const auto& full) { return full.approval.kind != "finding"; });
    return all;
  }
  std::vector<app::HostWay> there(const std::string& host) {
    auto all = read([&](app::View& view) { return view.host_ways(clock.now(), clock.now()); });
    std::erase_if(all, [&](const auto& way) { return way.host != host; });
    return all;
  }
  app::Report report() {
    const auto now = clock.now();
    return read([&](app::View& view) {
      return app::compose_report(view, policy->current()->directory, now - hours(24), now + minutes(1), now);
    });
  }
};

const app::ReportHost& host_of(const app::Report& report, const std::string& name) {
  const auto host = std::ranges::find(report.hosts, name, &app::ReportHost::name);
  REQUIRE(host != report.hosts.end());
  return *host;
}

}  // namespace

TEST_CASE("a way in is a finding once, of all hosts together, and for as long as it is known") {
  Ways house;
  house.tell("bastion", {daemon("dropbear"), {"console", "console", 0}});
  house.tell("bastion", {daemon("dropbear"), {"console", "console", 0}});
  house.tell("web1", {daemon("dropbear")});
  REQUIRE(house.findings().size() == 1);
  CHECK(house.findings()[0].events.size() == 2);
  house.tell("bastion", {});
  CHECK(house.there("bastion").empty());
  house.tell("bastion", {daemon("dropbear")});
  CHECK(house.there("bastion").size() == 1);
  REQUIRE(house.findings().size() == 1);
  CHECK(house.findings()[0].events.size() == 2);
  REQUIRE(house.say(house.findings()[0].approval.id, says(core::Act::approve, "sec", true)));
  house.tell("web2", {daemon("dropbear")});
  CHECK(house.findings().size() == 2);  // what was signed off was another host's
}

TEST_CASE("an agent that tells of ever new names fills neither the channel nor the store") {
  Ways house;
  for (int round = 0; round < 10; ++round) {
    std::vector<app::Way> ways;
    for (int i = 0; i < 64; ++i)
      ways.push_back(daemon(fmt::format("d{}-{}", round, i)));
    house.tell("evil", ways);
  }
  CHECK(house.findings().size() == 17);  // sixteen by name, and the host's own that grows
  CHECK(house.there("evil").size() == 64);
  const auto kept = house.read([&](app::View& view) { return view.host_ways({}, house.clock.now()); });
  CHECK(kept.size() <= 256 + 64);
}

TEST_CASE("the report: who speaks for a host, until when it is believed, and what came after") {
  Ways house;
  house.work([](app::Ledger& ledger) { return ledger.expect_agents({"web9"}); });
  house.post(login(house.clock, "1", "alice", 50001));
  house.pass(minutes(1), minutes(1));
  house.post(login(house.clock, "2", "root", 50002, "SHA256:x"));
  const auto root = house.clock.now();
  house.pass(minutes(1), minutes(1));
  house.post(login(house.clock, "3", "alice", 50003));
  const auto report = house.report();
  const auto& bastion = host_of(report, "bastion");
  REQUIRE(bastion.believed_until);
  CHECK(*bastion.believed_until == root);
  CHECK(bastion.verdicts.logins == 3);
  CHECK(bastion.after_root.logins == 1);
  REQUIRE_FALSE(bastion.notes.empty());
  CHECK(bastion.notes[0] ==
        "believed until 2026-11-20T12:01:00Z, its first root session; after it came 1 of its 3 logins, 0 of its 0 "
        "matches");
  REQUIRE(bastion.ways.size() == 1);
  CHECK(bastion.ways[0].kind == "no_agent");
  REQUIRE(host_of(report, "web9").ways.size() == 1);
  CHECK(host_of(report, "web9").ways[0].kind == "no_log");
  CHECK(report.approvals.pending == 3);
  CHECK(report.approvals.denied == 0);
}
