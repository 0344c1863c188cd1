#include "app/aliases.hpp"

#include "tests/unit/app/house.hpp"

using namespace countersign;
using namespace countersign::test;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

/// The agent calls its host bastion; the log calls it as the cloud does.
class TwoNames : public House {
 public:
  static constexpr std::int64_t pid = 4243;  // as login() has it

  TwoNames() {
    policy->replace(std::make_shared<const app::Policy>(
        app::Policy{small_engine(), declared({}), schedule, std::chrono::minutes(2)}));
    work([](app::Ledger& ledger) { return ledger.expect_agents({"bastion", "web1"}); });
  }
  static core::Directory declared(std::vector<std::string> aliases) {
    core::Directory::Entries entries;
    entries.people = {{"Alice", "U1", "", {{"alice", "*"}}, {"SHA256:alice"}, {}}};
    entries.hosts = {{"bastion", std::move(aliases), {}, {}, true, false}, {"web1", {}, {}, {}, true, false}};
    return core::Directory(std::move(entries));
  }
  void see_on(const std::string& host, int port, std::int64_t process = pid) {
    core::Event event;
    event.time = clock.now();
    event.host = host;
    event.user = "alice";
    event.address = "203.0.113.7";
    event.port = port;
    event.pid = process;
    see(event, fmt::format("k{}{}", host, port));
  }
  void tell(const std::string& name, int port, const std::string& source = "papertrail") {
    post(login(clock, fmt::format("l{}{}", name, port), "alice", port, "SHA256:alice", name), source);
  }
  std::vector<app::AliasProposal> proposed(const core::Directory& directory) {
    return read([&](app::View& view) { return app::undeclared_aliases(view, directory); }).proposed;
  }
  std::vector<app::AliasProposal> candidates(const core::Directory& directory) {
    return read([&](app::View& view) { return app::undeclared_aliases(view, directory); }).candidates;
  }
  std::vector<app::FullApproval> findings() {
    auto all = approvals();
    std::erase_if(all, [](const auto& full) { return full.approval.kind != "finding"; });
    return all;
  }
};

}  // namespace

TEST_CASE("a host under two names: one finding that says so, and the name is proposed from three logins on") {
  TwoNames house;
  for (int port = 50'001; port <= 50'005; ++port) {
    house.tell("ip-10-0-0-5", port);
    house.see_on("bastion", port);
    house.pass(seconds(10));
    if (port == 50'002) {
      house.pass(minutes(6), seconds(30));
      const auto candidates = house.candidates(house.declared({}));
      REQUIRE(candidates.size() == 1);
      CHECK(candidates[0].evidence.logins == 2);
      CHECK(candidates[0].words.starts_with(
          "2 logins that the kernel of bastion saw were told of by papertrail as of ip-10-0-0-5"));
      CHECK(candidates[0].toml.empty());
      CHECK(house.proposed(TwoNames::declared({})).empty());  // two prove little
    }
  }
  house.pass(minutes(6), seconds(30));
  REQUIRE(house.findings().size() == 1);
  const auto finding = house.findings()[0];
  CHECK(finding.events.size() == 5);
  CHECK_MESSAGE(finding.approval.reason.contains("papertrail tells of the same login as of ip-10-0-0-5: an undeclared "
                                                 "alias explains this, if that is another name of bastion"),
                finding.approval.reason);

  const auto proposed = house.proposed(TwoNames::declared({}));
  REQUIRE(proposed.size() == 1);
  CHECK(proposed[0].evidence.logins == 5);
  CHECK(
      proposed[0].words.starts_with("5 logins that the kernel of bastion saw were told of by papertrail as of "
                                    "ip-10-0-0-5 from 2026-11-20T12:00:00Z to "));
  CHECK(proposed[0].words.ends_with(": address, port, user and time agree, and the process's id in all"));
  CHECK(proposed[0].toml == "[[host]]\nname = \"bastion\"\naliases = [\"ip-10-0-0-5\"]\n");
  // The aliases there are stay in what is to be pasted.
  CHECK(house.proposed(TwoNames::declared({"bastion.test"}))[0].toml.contains("[\"bastion.test\", \"ip-10-0-0-5\"]"));
  // Once declared it is proposed no more.
  CHECK(house.proposed(TwoNames::declared({"ip-10-0-0-5"})).empty());
  // Nothing was applied: the lines stay the other name's.
  for (const auto& row : house.events())
    if (row.stored.event.action == "ssh_login" && row.stored.event.host == "ip-10-0-0-5")
      CHECK(row.stored.verdict == "unenrolled");
}

TEST_CASE("what is no evidence of an alias") {
  TwoNames house;
  const auto name = "ip-10-0-0-5";
  SUBCASE("a line whose process is another's") {
    house.see_on("bastion", 50'001, 77);
  }
  SUBCASE("lines alone: nobody's kernel saw such a login") {}
  SUBCASE("the kernel saw it on another port") {
    house.see_on("bastion", 50'009);
  }
  SUBCASE("the kernel saw it long before") {
    house.see_on("bastion", 50'001);
    house.clock.advance(minutes(3));
  }
  house.tell(name, 50'001);
  house.pass(minutes(12), seconds(30));
  CHECK(house.read([](app::View& view) { return view.alias_evidence(10); }).empty());
}

TEST_CASE("a name that no configuration could bear is never proposed") {
  TwoNames house;
  house.see_on("bastion", 50'001);
  house.tell("\"]\n[server]\nlisten=\"", 50'001);
  house.pass(minutes(6), seconds(30));
  CHECK(house.read([](app::View& view) { return view.alias_evidence(10); }).empty());
}

TEST_CASE("one agent's own log under another name is no second witness") {
  TwoNames house;
  house.see_on("bastion", 50'001);
  house.tell("ip-10-0-0-5", 50'001, "agent:bastion/log");
  house.pass(minutes(6), seconds(30));
  CHECK(house.read([](app::View& view) { return view.alias_evidence(10); }).empty());
}

TEST_CASE("the name of a relay, which two hosts' lines bear, is said to be one") {
  TwoNames house;
  for (int port = 50'001; port <= 50'003; ++port)
    for (const auto* host : {"bastion", "web1"}) {
      const int of_host = port + (host == std::string("web1") ? 100 : 0);
      house.tell("loghost", of_host);
      house.see_on(host, of_host);
      house.pass(seconds(1));
    }
  house.pass(minutes(6), seconds(30));
  const auto proposed = house.proposed(TwoNames::declared({}));
  REQUIRE(proposed.size() == 2);
  for (const auto& each : proposed) {
    CHECK(each.is_relay());
    CHECK(each.toml.empty());
    CHECK(each.words.contains("it is a relay's"));
  }
}

TEST_CASE("a line that comes after the verdict is found at the second look, and told once") {
  TwoNames house;
  house.see_on("bastion", 50'001);
  const auto seen = house.clock.now();
  house.pass(minutes(7), seconds(30));
  REQUIRE(house.findings().size() == 1);
  CHECK_FALSE(house.findings()[0].approval.reason.contains("undeclared"));
  auto late = login(house.clock, "late", "alice", 50'001, "SHA256:alice", "ip-10-0-0-5");
  late.time = seen;
  house.post(late);
  house.pass(minutes(70), minutes(1));
  REQUIRE(house.findings().size() == 1);
  CHECK(house.findings()[0].approval.reason.contains("an undeclared alias explains this"));
  CHECK(house.read([](app::View& view) { return view.alias_evidence(10); }).at(0).logins == 1);
}
