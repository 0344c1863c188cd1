#include "crypto/digest.hpp"
#include "tests/unit/app/house.hpp"

using namespace countersign;
using namespace countersign::test;
using core::ApprovalState;

TEST_CASE("a login becomes one event, one approval, one message to its person") {
  House house;
  const auto tally = house.post(login(house.clock, "1", "alice"));
  CHECK(tally.received == 1);
  CHECK(tally.events == 1);
  const auto approvals = house.approvals();
  REQUIRE(approvals.size() == 1);
  CHECK(approvals[0].approval.person == "Alice");
  CHECK(approvals[0].approval.addressed_to == "Alice");
  CHECK(approvals[0].approval.state == ApprovalState::pending);
  REQUIRE(approvals[0].events.size() == 1);
  CHECK(approvals[0].events[0].event.user == "alice");
  CHECK(approvals[0].events[0].sightings.size() == 1);
  CHECK(approvals[0].events[0].news == "first time from this network, with this key, on this host");
  REQUIRE(house.chat.delivered.size() == 1);
  CHECK(house.chat.delivered[0].recipient == "Alice");
  CHECK_FALSE(house.chat.delivered[0].button.empty());
  CHECK(approvals[0].notifications[0].state == app::NotificationState::sent);
}

TEST_CASE("what arrives again, what collides, what another source saw") {
  House house;
  const auto first = login(house.clock, "1", "alice");
  house.post(first);
  SUBCASE("redelivery changes nothing") {
    CHECK(house.post(first).duplicates == 1);
    CHECK(house.post({first, first}).duplicates == 2);
    CHECK(house.approvals().size() == 1);
    CHECK(house.approvals()[0].events[0].sightings.size() == 1);
  }
  SUBCASE("the same id with other content is a second event and a finding for the channel") {
    auto forged = login(house.clock, "1", "alice", 50002);
    CHECK(house.post(forged).events == 1);
    const auto approvals = house.approvals();
    REQUIRE(approvals.size() == 2);
    CHECK(approvals[0].approval.kind == "finding");
    CHECK(approvals[0].approval.addressed_to == core::security_channel);
    CHECK(approvals[0].approval.subject == "Alice");
    CHECK(house.chat.count("security_channel", "ask") == 1);
    CHECK(std::ranges::count(house.audit(), "finding", &app::AuditEntry::kind) == 1);
    CHECK(house.post(forged).duplicates == 1);  // and that one, again, is a redelivery
  }
  SUBCASE("the same login by another source is one more sighting") {
    auto other = login(house.clock, "x-9", "alice", 50001, "SHA256:alice", "bastion.test");  // the host by its alias
    other.time = *other.time + std::chrono::seconds(90);
    CHECK(house.post(other, "loki").duplicates == 1);
    CHECK(house.events().size() == 1);
    CHECK(house.approvals()[0].events[0].sightings.size() == 2);
    CHECK(house.post(other, "loki").duplicates == 1);
    CHECK(house.approvals()[0].events[0].sightings.size() == 2);
  }
  SUBCASE("outside match_window the port was used again") {
    auto later = login(house.clock, "2", "alice");
    later.time = *later.time + std::chrono::minutes(3);
    CHECK(house.post(later).events == 1);
  }
  SUBCASE("two logins that differ only in port are two") {
    CHECK(house.post(login(house.clock, "2", "alice", 50002)).events == 1);
    CHECK(house.events().size() == 2);
  }
  SUBCASE("a duplicate never touches a decision") {
    const auto id = house.approvals()[0].approval.id;
    REQUIRE(house.say(id, says(core::Act::deny, "Alice")));
    auto other = login(house.clock, "x-9", "alice");
    CHECK(house.post(other, "loki").duplicates == 1);
    CHECK(house.approvals()[0].approval.state == ApprovalState::denied);
  }
}

TEST_CASE("without a provider's id the content decides") {
  House house;
  auto record = login(house.clock, "", "alice");
  CHECK(house.post(record).events == 1);
  CHECK(house.post(record).duplicates == 1);
}

TEST_CASE("whom it leads to") {
  House house;
  const struct {
    core::Record record;
    std::string addressed_to, purpose, reason;
    ApprovalState state;
  } table[] = {
      {login(house.clock, "1", "mallory", 1, "SHA256:x"), "security_channel", "ask", "nobody is known",
       ApprovalState::pending},
      {login(house.clock, "2", "deploy", 2, "SHA256:ci"), "security_channel", "", "conforms", ApprovalState::expected},
      {login(house.clock, "3", "deploy", 3, "SHA256:x"), "security_channel", "ask", "key its policy",
       ApprovalState::pending},
  };
  for (const auto& row : table) {
    CAPTURE(row.record.message);
    const auto before = house.chat.delivered.size();
    house.post(row.record);
    const auto newest = house.approvals()[0];
    CHECK(newest.approval.addressed_to == row.addressed_to);
    CHECK(newest.approval.state == row.state);
    CHECK_MESSAGE(newest.approval.reason.find(row.reason) != std::string::npos, newest.approval.reason);
    CHECK(house.chat.delivered.size() == before + (row.purpose.empty() ? 0 : 1));
  }
}

TEST_CASE("key and account of two people: one is asked, the other told, the channel sees it") {
  House house;
  house.post(login(house.clock, "1", "bob", 1, "SHA256:alice"));
  CHECK(house.chat.count("Alice", "ask") == 1);
  CHECK(house.chat.count("Bob", "notice") == 1);
  CHECK(house.chat.count("security_channel", "ask") == 1);
  for (const auto& message : house.chat.delivered)
    CHECK(message.button.empty() == (message.notification.purpose == "notice"));
}

TEST_CASE("failures are stored and nobody is asked") {
  House house;
  core::Record failed = login(house.clock, "1", "alice");
  failed.message = "Failed password for alice from 203.0.113.7 port 50001 ssh2";
  CHECK(house.post(failed).events == 1);
  CHECK(house.approvals().empty());
  CHECK(house.events()[0].stored.event.outcome == "failure");
}

TEST_CASE("what no rule reads is kept, what nobody watches is counted, and the sum is right") {
  House house;
  auto odd = login(house.clock, "1", "alice"), cron = odd, nameless = odd, good = login(house.clock, "4", "alice");
  odd.message = "Something sshd never said";
  cron.program = "CRON";
  nameless.program.clear();
  const auto tally = house.post({odd, cron, nameless, good});
  CHECK(tally.received == 4);
  CHECK(tally.events == 1);
  CHECK(tally.quarantined == 2);
  CHECK(tally.ignored == 1);
}

TEST_CASE("bursts join within the window, on its own terms") {
  House house;
  house.post(login(house.clock, "1", "alice", 1));
  house.pass(std::chrono::seconds(30));
  house.post(login(house.clock, "2", "alice", 2));
  house.post(login(house.clock, "3", "alice", 3, "SHA256:alice", "db1"));
  CHECK(house.approvals().size() == 1);
  CHECK(house.approvals()[0].events.size() == 3);
  SUBCASE("the message is edited in place") {
    house.pass(std::chrono::seconds(2));
    CHECK(house.chat.count("Alice", "ask") == 1);
    const auto& last = house.chat.delivered.back();
    CHECK(last.notification.remote_message == "1");
    CHECK(last.events.size() == 3);
  }
  SUBCASE("another address is another message") {
    house.post(login(house.clock, "4", "alice", 4, "SHA256:alice", "bastion", "198.51.100.1"));
    CHECK(house.approvals().size() == 2);
  }
  SUBCASE("another key is another message") {
    house.post(login(house.clock, "4", "alice", 4, ""));
    CHECK(house.approvals().size() == 2);
  }
  SUBCASE("after the window the next message begins") {
    house.pass(std::chrono::seconds(31));
    house.post(login(house.clock, "4", "alice", 4));
    CHECK(house.approvals().size() == 2);
    CHECK(house.chat.count("Alice", "ask") == 2);
  }
  SUBCASE("once decided, the next message begins") {
    REQUIRE(house.say(house.approvals()[0].approval.id, says(core::Act::approve, "Alice")));
    house.post(login(house.clock, "4", "alice", 4));
    CHECK(house.approvals().size() == 2);
  }
  SUBCASE("a window of nothing joins nothing") {
    for (auto& pace : house.schedule.by_severity)
      pace.group_window = Duration::zero();
    house.apply_schedule();
    house.post({login(house.clock, "5", "alice", 5), login(house.clock, "6", "alice", 6)});
    CHECK(house.approvals().size() == 3);
  }
}

TEST_CASE("late events go to the channel's digest together") {
  House house;
  auto old = login(house.clock, "1", "alice", 1), older = login(house.clock, "2", "bob", 2, "");
  old.time = *old.time - std::chrono::hours(25);
  older.time = *older.time - std::chrono::hours(48);
  house.post({old, older});
  const auto approvals = house.approvals();
  REQUIRE(approvals.size() == 1);
  CHECK(approvals[0].approval.kind == "late");
  CHECK(approvals[0].events.size() == 2);
  CHECK(house.chat.count("security_channel", "digest") == 1);
  CHECK(house.chat.count("Alice", "ask") == 0);
}

TEST_CASE("shadow mode records what would have been sent and sends nothing") {
  House house;
  house.schedule.shadow = true;
  house.apply_schedule();
  house.post(login(house.clock, "1", "alice"));
  CHECK(house.chat.delivered.empty());
  CHECK(house.approvals()[0].notifications[0].state == app::NotificationState::cancelled);
}

TEST_CASE("backfill asks nobody") {
  House house;
  app::Decoded decoded;
  decoded.records = {login(house.clock, "1", "alice")};
  std::promise<Result<app::Tally>> answered;
  house.ingest->messages(app::Source{"old", "log", {"*"}, "", false}, std::move(decoded),
                         [&](auto tally) { answered.set_value(tally); });
  CHECK(answered.get_future().get()->events == 1);
  CHECK(house.approvals().empty());
}

TEST_CASE("what can't be read and has no id is known again by its content") {
  const auto broken = [](const std::string& text) {
    return app::Unreadable{text, "broken", crypto::sha256(text).substr(0, 16)};
  };
  const auto once = [](const std::string& text) { return app::Unreadable{text, "cut", ""}; };
  const struct {
    std::string name;
    std::vector<app::Unreadable> brought;
    std::string source;
    std::size_t quarantined, duplicates;
  } deliveries[] = {
      {"two alike and another", {broken("{a"), broken("{a"), broken("{b")}, "hook", 3, 0},
      {"the same again", {broken("{a"), broken("{a"), broken("{b")}, "hook", 0, 3},
      {"a part of it", {broken("{b"), broken("{a")}, "hook", 0, 2},
      {"a third that is alike", {broken("{a"), broken("{a"), broken("{a")}, "hook", 1, 2},
      {"another source's", {broken("{a")}, "other", 1, 0},
      {"of a source that brings all once", {once("{a"), once("{a")}, "syslog", 2, 0},
      {"and once more alike", {once("{a")}, "syslog", 1, 0},
  };
  House house;
  for (const auto& row : deliveries) {
    CAPTURE(row.name);
    app::Decoded decoded;
    decoded.unreadable = row.brought;
    std::promise<Result<app::Tally>> answered;
    app::Source source;
    source.name = row.source;
    house.ingest->messages(source, std::move(decoded), [&](auto tally) { answered.set_value(std::move(tally)); });
    const auto tally = answered.get_future().get();
    REQUIRE(tally);
    CHECK(tally->received == row.brought.size());
    CHECK(tally->quarantined == row.quarantined);
    CHECK(tally->duplicates == row.duplicates);
  }
}
