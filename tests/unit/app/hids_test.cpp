// Another host-based system's word for the kernel, beside the log and beside an agent of ours.
#include "tests/unit/app/house.hpp"

using namespace countersign;
using namespace countersign::test;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

enum class Names { port, process, neither };

struct Beside : House {
  /// The system's record of a login: with the client's port, the connection's process, or neither.
  void record(const std::string& user, Names names, const std::string& id, int port = 50001,
              const std::string& source = "osquery") {
    core::Event event;
    event.time = clock.now();
    event.action = "ssh_login";
    event.outcome = "success";
    event.host = "bastion";
    event.user = user;
    event.address = "203.0.113.7";
    if (names == Names::port) event.port = port;
    event.pid = names == Names::process ? 4243 : 9000;
    std::promise<Result<app::Ingest::Accepted>> answered;
    ingest->event(app::Source{source, "kernel", {"bastion"}, "", true}, {event, id, id},
                  [&](auto accepted) { answered.set_value(std::move(accepted)); });
    REQUIRE(answered.get_future().get());
    settle();
  }
  /// An agent of ours that has watched for an hour, and goes on for so long.
  void watched(Duration for_so_long = hours(1)) {
    work([&](app::Ledger& ledger) -> Result<void> {
      if (auto expected = ledger.expect_agents({"bastion"}); !expected) return expected;
      return ledger.cover("bastion", "kernel", clock.now() - hours(1), clock.now() + for_so_long);
    });
  }
  void log_was_heard() {
    post(login(clock, "earlier", "bob", 49999, ""));
    clock.advance(minutes(10));
  }
  std::vector<app::ListedEvent> logins(std::string_view user = "alice") {
    auto all = events();
    std::erase_if(all, [&](const app::ListedEvent& one) {
      return one.stored.event.action != "ssh_login" || one.stored.event.user != user;
    });
    return all;
  }
};

}  // namespace

TEST_CASE("a record joins the login it means, whichever comes first and whatever it names") {
  for (const auto names : {Names::port, Names::process, Names::neither})
    for (const bool first : {true, false}) {
      CAPTURE(static_cast<int>(names));
      CAPTURE(first);
      Beside house;
      if (first) house.record("alice", names, "r1");
      house.clock.advance(seconds(3));
      house.post(login(house.clock, "1", "alice"));
      house.clock.advance(seconds(3));
      if (!first) house.record("alice", names, "r1");
      house.pass(seconds(2));
      const auto logins = house.logins();
      REQUIRE(logins.size() == 1);
      CHECK(logins[0].stored.verdict == "matched");
      CHECK(logins[0].stored.independent);
      CHECK(house.approvals().size() == 1);
    }
}

TEST_CASE("two logins alike: each record vouches for one, the nearest; a third line has none") {
  Beside house;
  house.post(login(house.clock, "1", "alice", 50001));
  house.clock.advance(seconds(30));
  house.post(login(house.clock, "2", "alice", 50002));
  house.record("alice", Names::neither, "r2");
  house.pass(seconds(2));
  const auto verdict = [&](int port) {
    for (const auto& one : house.logins())
      if (one.stored.event.port == port) return one.stored.verdict;
    return std::string();
  };
  CHECK(verdict(50002) == "matched");
  CHECK(verdict(50001) == "unenrolled");
  house.record("alice", Names::neither, "r1");
  house.pass(seconds(2));
  CHECK(verdict(50001) == "matched");
  CHECK(house.logins().size() == 2);
  house.record("alice", Names::neither, "r3");  // a login that no line told of: one of its own
  CHECK(house.logins().size() == 3);
}

TEST_CASE("who differs is another login: account, address, time") {
  Beside house;
  house.post(login(house.clock, "1", "alice"));
  house.record("bob", Names::neither, "r1");
  CHECK(house.logins("bob").size() == 1);
  house.post(login(house.clock, "2", "alice", 50007, "SHA256:alice", "bastion", "198.51.100.9"));
  house.pass(minutes(4), seconds(30));
  house.record("alice", Names::neither, "r2");  // minutes after any line
  CHECK(house.logins().size() == 3);
}

TEST_CASE("its silence accuses nobody; its word without a line does where a log is owed") {
  Beside house;
  house.record("alice", Names::neither, "r0");
  house.post(login(house.clock, "1", "bob", 50009, ""));
  house.pass(minutes(10), minutes(1));
  CHECK(house.logins("bob")[0].stored.verdict == "unenrolled");

  SUBCASE("a log was heard before") {
    house.record("alice", Names::neither, "r1");
    house.pass(minutes(10), minutes(1));
    CHECK(house.logins()[0].stored.verdict == "missing_log");
  }
  SUBCASE("the first was before any line: nothing is owed for it") {
    CHECK(house.logins()[0].stored.verdict == "indeterminate");
  }
}

TEST_CASE("an agent of ours that missed nothing is believed over it; where the agent was blind it fills the gap") {
  Beside house;
  house.log_was_heard();
  const auto line = [&] { house.post(login(house.clock, "1", "alice")); };
  SUBCASE("a forged line, and a record that repeats it") {
    house.watched();
    line();
    house.record("alice", Names::port, "r1", 50001, "wazuh");
    house.pass(seconds(2));
    CHECK(house.logins()[0].stored.verdict == "waiting");
    house.pass(minutes(6), seconds(30));
    CHECK(house.logins()[0].stored.verdict == "missing_kernel");
    CHECK(house.logins()[0].stored.reasons.contains("wazuh (kernel)"));
  }
  SUBCASE("the agent stopped before") {
    house.watched(-minutes(30));
    line();
    house.record("alice", Names::neither, "r1");
    house.pass(minutes(7), seconds(30));
    CHECK(house.logins()[0].stored.verdict == "matched");
  }
  SUBCASE("the agent saw it too") {
    house.watched();
    line();
    core::Event seen;
    seen.time = house.clock.now();
    seen.host = "bastion";
    seen.user = "alice";
    seen.address = "203.0.113.7";
    seen.port = 50001;
    seen.pid = 4243;
    house.see(seen, "k1");
    house.record("alice", Names::neither, "r1");
    house.pass(seconds(2));
    REQUIRE(house.logins().size() == 1);
    CHECK(house.logins()[0].stored.verdict == "matched");
    CHECK(house.logins()[0].stored.reasons.contains("agent:bastion (kernel)"));
  }
}
