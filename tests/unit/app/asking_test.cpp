#include "app/annotate.hpp"
#include "app/take.hpp"
#include "tests/unit/app/house.hpp"

using namespace countersign;
using namespace countersign::test;
using core::Act;
using core::ApprovalState;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_CASE("a decision is written, shown in place, and audited") {
  House house;
  house.post(login(house.clock, "1", "alice"));
  const auto value = house.chat.delivered[0].button;
  const auto outcome = house.click(value, says(Act::approve, "Alice"));
  REQUIRE(outcome);
  CHECK(outcome->state == ApprovalState::approved);
  house.pass(seconds(2));
  const auto approval = house.approvals()[0];
  CHECK(approval.approval.decisions.size() == 1);
  CHECK(approval.events[0].state == ApprovalState::approved);
  const auto& edit = house.chat.delivered.back();
  CHECK(edit.notification.remote_message == "1");
  CHECK(edit.button.empty());
  CHECK(edit.approval.state == ApprovalState::approved);
  CHECK(std::ranges::count(house.audit(), "decision", &app::AuditEntry::kind) == 1);

  SUBCASE("a second click changes nothing and is told who decided") {
    const auto second = house.click(value, says(Act::deny, "Alice"));
    REQUIRE_FALSE(second);
    CHECK(second.error().fault == Fault::conflict);
    CHECK(second.error().message.find("approved by Alice") != std::string::npos);
    CHECK(house.approvals()[0].approval.decisions.size() == 1);
  }
  SUBCASE("nothing is escalated afterwards, not even across a restart") {
    house.restart();
    house.pass(hours(30), minutes(10));
    CHECK(house.chat.count("security_channel", "escalation") == 0);
    CHECK(house.chat.count("security_channel", "page") == 0);
  }
}

TEST_CASE("strangers and buttons we never gave out change nothing") {
  House house;
  house.post(login(house.clock, "1", "alice"));
  CHECK(house.click(house.chat.delivered[0].button, says(Act::approve, "Mallory")).error().fault == Fault::forbidden);
  CHECK(house.click("invented", says(Act::approve, "Alice")).error().fault == Fault::not_found);
  CHECK(house.say({42}, says(Act::approve, "Alice")).error().fault == Fault::not_found);
  CHECK(house.approvals()[0].approval.state == ApprovalState::pending);
  CHECK(house.approvals()[0].approval.decisions.empty());
}

TEST_CASE("a click decides the events of the revision that bears the button") {
  House house;
  house.post(login(house.clock, "1", "alice", 1));
  const auto shown_first = house.chat.delivered[0].button;
  house.post(login(house.clock, "2", "alice", 2));
  REQUIRE(house.click(shown_first, says(Act::approve, "Alice")));
  const auto approval = house.approvals()[0];
  CHECK(approval.approval.state == ApprovalState::pending);
  CHECK(approval.events[0].state != approval.events[1].state);
  house.pass(seconds(3));
  const auto& edit = house.chat.delivered.back();
  CHECK_FALSE(edit.button.empty());
  REQUIRE(house.click(edit.button, says(Act::approve, "Alice")));
  CHECK(house.approvals()[0].approval.state == ApprovalState::approved);
}

TEST_CASE("a denial reaches the channel at once") {
  House house;
  house.post(login(house.clock, "1", "alice"));
  REQUIRE(house.say(house.approvals()[0].approval.id, says(Act::deny, "Alice")));
  CHECK(house.chat.count("security_channel", "denial") == 1);
  house.pass(hours(5), minutes(5));
  CHECK(house.chat.count("security_channel", "escalation") == 0);
}

TEST_CASE("wrong person: the channel has it, its repeats follow, the first message loses its buttons") {
  House house;
  house.post(login(house.clock, "1", "alice"));
  REQUIRE(house.click(house.chat.delivered[0].button, says(Act::wrong_person, "Alice")));
  house.pass(seconds(2));
  const auto approval = house.approvals()[0].approval;
  CHECK(approval.person.empty());
  CHECK(approval.addressed_to == core::security_channel);
  CHECK(approval.state == ApprovalState::pending);
  CHECK(house.chat.count("security_channel", "reroute") == 1);
  for (const auto& message : house.chat.delivered)
    if (message.recipient == "Alice" && message.notification.shown > 0) CHECK(message.button.empty());
  house.pass(minutes(45), minutes(1));
  CHECK(house.chat.count("security_channel", "escalation") == 0);
  house.pass(hours(4), minutes(5));
  CHECK(house.chat.count("security_channel", "repeat") == 1);
}

TEST_CASE("undecided: escalated after escalate_after, again every repeat_every, paged once, across restarts") {
  House house;
  house.post(login(house.clock, "1", "alice"));
  house.pass(minutes(29), minutes(1));
  CHECK(house.chat.count("security_channel", "escalation") == 0);
  house.restart();
  house.pass(minutes(1), seconds(10));
  CHECK(house.chat.count("security_channel", "escalation") == 1);
  house.restart();
  CHECK(house.chat.count("security_channel", "escalation") == 1);
  house.pass(hours(8), minutes(5));
  CHECK(house.chat.count("security_channel", "repeat") == 2);
  SUBCASE("repeats missed while nobody ran are spoken once, and the grid is kept") {
    house.clock.advance(hours(9));
    house.restart();
    CHECK(house.chat.count("security_channel", "repeat") == 3);
    house.pass(hours(3), minutes(5));
    CHECK(house.chat.count("security_channel", "repeat") == 4);
  }
  SUBCASE("paged once") {
    house.pass(hours(40), minutes(10));
    CHECK(house.chat.count("security_channel", "page") == 1);
  }
}

TEST_CASE("a person who can't be reached: the channel is told, with the reason") {
  House house;
  SUBCASE("no address") {
    house.chat.unknown = {"Alice"};
  }
  SUBCASE("refused") {
    house.chat.refuses["Alice"] = {app::Undelivered::Kind::bad_target, "user_disabled", {}};
  }
  house.post(login(house.clock, "1", "alice"));
  const auto approval = house.approvals()[0];
  CHECK(approval.approval.addressed_to == core::security_channel);
  CHECK(approval.approval.reason.find("Alice could not be asked") != std::string::npos);
  CHECK(house.chat.count("security_channel", "reroute") == 1);
  CHECK(std::ranges::count(approval.notifications, app::NotificationState::failed, &app::Notification::state) == 1);
}

TEST_CASE("a chat that is down: nothing lost, in order, sent once when it is back") {
  House house;
  house.chat.refuses["Alice"] = {app::Undelivered::Kind::retry, "connection refused", {}};
  house.post(login(house.clock, "1", "alice", 1));
  house.pass(minutes(2));
  house.post(login(house.clock, "2", "alice", 2, "SHA256:alice", "bastion", "198.51.100.1"));
  house.post(login(house.clock, "3", "bob", 3, ""));
  CHECK(house.chat.count("Bob", "ask") == 1);  // one dead target delays nobody else
  house.pass(minutes(5));
  house.restart();
  house.chat.refuses.clear();
  house.chat.delivered.clear();
  house.pass(minutes(2));
  REQUIRE(house.chat.count("Alice", "ask") == 2);
  CHECK(house.chat.delivered[0].events[0].event.port == 1);
  CHECK(house.chat.delivered[1].events[0].event.port == 2);
}

TEST_CASE("asked to wait, it waits that long") {
  House house;
  house.chat.refuses["Alice"] = {app::Undelivered::Kind::wait, "ratelimited", seconds(30)};
  house.post(login(house.clock, "1", "alice"));
  house.pass(seconds(29));
  CHECK(house.chat.delivered.size() == 1);
  house.pass(seconds(2));
  CHECK(house.chat.delivered.size() == 2);
}

TEST_CASE("decided before it was ever sent: nobody is asked, and its owner has the receipt") {
  House house;
  house.chat.refuses["Alice"] = {app::Undelivered::Kind::retry, "down", {}};
  house.post(login(house.clock, "1", "alice"));
  REQUIRE(house.say(house.approvals()[0].approval.id, says(Act::approve, "Sam", true)));
  house.chat.refuses.clear();
  house.chat.delivered.clear();
  house.pass(minutes(3));
  REQUIRE(house.chat.delivered.size() == 1);
  CHECK(house.chat.count("Alice", "receipt") == 1);
  CHECK(house.approvals()[0].notifications[0].state == app::NotificationState::cancelled);
}

TEST_CASE("the security team takes it: repeats stop for a while, it stays pending") {
  House house;
  house.schedule.by_severity.fill({seconds(0), minutes(30), hours(1), hours(24)});
  house.schedule.take_for = hours(3);
  house.apply_schedule();
  house.post(login(house.clock, "1", "mallory", 50001, "SHA256:mallory"));
  const auto value = house.chat.delivered[0].button;
  app::Take takes(*house.store, *house.policy, house.clock);
  const auto take = [&](core::Actor by) {
    std::promise<Result<Timestamp>> answered;
    takes.by_button(value, std::move(by), "test", [&](auto until) { answered.set_value(until); });
    auto until = answered.get_future().get();
    house.settle();
    return until;
  };
  CHECK(take({"Alice", false, true}).error().fault == Fault::forbidden);
  house.pass(minutes(70), minutes(1));
  CHECK(house.chat.count("security_channel", "repeat") == 1);
  const auto until = take({"Bob", true, true});
  REQUIRE(until);
  CHECK(*until == house.clock.now() + hours(3));
  house.pass(seconds(3));
  CHECK(house.chat.delivered.back().approval.taken_by == "Bob");
  CHECK_FALSE(house.chat.delivered.back().button.empty());
  CHECK(std::ranges::count(house.audit(), "take", &app::AuditEntry::kind) == 1);

  SUBCASE("and begin again when the time is over, across a restart") {
    house.pass(hours(2), minutes(1));
    house.restart();
    house.pass(minutes(58), minutes(1));
    CHECK(house.chat.count("security_channel", "repeat") == 1);
    house.pass(minutes(3), minutes(1));
    CHECK(house.chat.count("security_channel", "repeat") == 2);
    house.pass(hours(1), minutes(1));
    CHECK(house.chat.count("security_channel", "repeat") == 3);
    CHECK(house.approvals()[0].approval.state == ApprovalState::pending);
  }
  SUBCASE("anyone of the team may take it instead") {
    REQUIRE(take({"Carol", true, true}));
    CHECK(house.approvals()[0].approval.taken_by == "Carol");
  }
  SUBCASE("what is decided can't be taken") {
    REQUIRE(house.click(value, says(Act::approve, "Bob", true)));
    CHECK(take({"Carol", true, true}).error().fault == Fault::conflict);
  }
}

TEST_CASE("nobody takes what is about themselves") {
  House house;
  house.post(login(house.clock, "1", "alice"));
  app::Take takes(*house.store, *house.policy, house.clock);
  std::promise<Result<Timestamp>> answered;
  takes.by_id(house.approvals()[0].approval.id, {"Alice", true, true}, "test",
              [&](auto until) { answered.set_value(until); });
  CHECK(answered.get_future().get().error().fault == Fault::forbidden);
}

TEST_CASE("a reason is added to a decision, never over it") {
  House house;
  house.post(login(house.clock, "1", "alice"));
  const auto value = house.chat.delivered[0].button;
  app::Annotate annotates(*house.store, house.clock);
  const auto add = [&](core::Actor by, std::string text) {
    std::promise<Result<void>> answered;
    annotates.by_button(value, std::move(by), "test", std::move(text), [&](auto done) { answered.set_value(done); });
    auto done = answered.get_future().get();
    house.settle();
    return done;
  };
  CHECK(add({"Alice", false, true}, "too early").error().fault == Fault::forbidden);
  REQUIRE(house.click(value, says(Act::deny, "Alice")));
  CHECK(add({"Bob", false, true}, "not mine").error().fault == Fault::forbidden);
  CHECK(add({"Alice", true, true}, "").error().fault == Fault::invalid);
  REQUIRE(add({"Alice", false, true}, "I was asleep"));
  REQUIRE(add({"Bob", true, true}, "called her"));
  house.pass(seconds(3));
  const auto decision = house.approvals()[0].approval.decisions.at(0);
  CHECK(decision.reason.empty());
  REQUIRE(decision.notes.size() == 2);
  CHECK(decision.notes[0].text == "I was asleep");
  CHECK(decision.notes[1].by == "Bob");
  CHECK(house.chat.delivered.back().approval.decisions.at(0).notes.size() == 2);
  CHECK(std::ranges::count(house.audit(), "reason", &app::AuditEntry::kind) == 2);
  for (int i = 0; i < 18; ++i)
    REQUIRE(add({"Bob", true, true}, "more"));
  CHECK(add({"Bob", true, true}, "too much").error().fault == Fault::conflict);
}

TEST_CASE("later messages to the same target know where the first one stands") {
  House house;
  house.schedule.by_severity.fill({seconds(0), minutes(1), minutes(1), hours(24)});
  house.apply_schedule();
  house.post(login(house.clock, "1", "alice"));
  house.pass(minutes(3) + seconds(5));
  std::vector<const app::OwedMessage*> in_channel;
  for (const auto& message : house.chat.delivered)
    if (message.recipient == "security_channel") in_channel.push_back(&message);
  REQUIRE(in_channel.size() == 3);
  CHECK(in_channel[0]->thread_message.empty());
  CHECK(in_channel[1]->thread_message == "2");
  CHECK(in_channel[1]->thread_channel == "D-security_channel");
  CHECK(in_channel[2]->thread_message == "2");
}
