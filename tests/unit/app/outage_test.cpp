#include "app/outage.hpp"

#include "app/chat_router.hpp"
#include "core/pager.hpp"
#include "tests/unit/app/house.hpp"

using namespace countersign;
using namespace countersign::test;
using app::OutageTurn;
using core::Act;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const Timestamp noon = *parse_rfc3339("2026-11-20T12:00:00Z");

/// A house with two pagers and somebody who watches Slack.
struct Paged : House {
  Paged() {
    schedule.pagers = {"mail", "hook"};
    apply_schedule();
    watch();
  }
  ~Paged() { settle(); }
  void watch() {
    outage = std::make_unique<app::Rounds>(*store, *scheduler, clock, *policy, app::outage_round("Slack"),
                                           app::outage_rest(schedule));
    outage->start();
  }
  void restart_all() {
    settle();
    outage.reset();
    restart();
    watch();
  }
  void slack_is(bool up) {
    for (const auto* who : {"Alice", "Bob", "security_channel"})
      if (up)
        chat.refuses.erase(who);
      else
        chat.refuses[who] = {app::Undelivered::Kind::retry, "connection refused", {}};
  }
  [[nodiscard]] std::string told(std::string_view purpose) const {
    for (const auto& message : chat.delivered)
      if (message.notification.purpose == purpose) return message.notification.detail;
    return "";
  }
  std::unique_ptr<app::Rounds> outage;
};

}  // namespace

TEST_CASE("an outage begins by age and a failure, and ends by a message that went through") {
  const auto limit = minutes(15);
  const struct {
    const char* what;
    Duration age;  // of the oldest; negative: nothing waits
    const char* error;
    bool told, taken;
    OutageTurn turn;
  } table[] = {
      {"nothing waits", seconds(-1), "", false, false, OutageTurn::none},
      {"young", minutes(14), "refused", false, false, OutageTurn::none},
      {"exactly as long", minutes(15), "refused", false, false, OutageTurn::none},
      {"longer", minutes(15) + seconds(1), "refused", false, false, OutageTurn::begins},
      {"longer, and never tried: nobody ran", hours(9), "", false, false, OutageTurn::none},
      {"told already", hours(9), "refused", true, false, OutageTurn::none},
      {"something got through, the rest drains", hours(9), "refused", true, true, OutageTurn::none},
      {"drained to what is young", minutes(15), "", true, true, OutageTurn::ends},
      {"drained", seconds(-1), "", true, true, OutageTurn::ends},
      {"decided by another way, nothing got through", seconds(-1), "", true, false, OutageTurn::none},
  };
  for (const auto& row : table) {
    CAPTURE(row.what);
    app::Backlog backlog;
    backlog.error = row.error;
    if (row.age >= Duration::zero()) {
      backlog.waiting = 1;
      backlog.since = noon - row.age;
    }
    const auto told = row.told ? std::optional(app::ToldOutage{noon - hours(1), noon, Id{1}}) : std::nullopt;
    CHECK(app::turn_of(backlog, told, row.taken, limit, noon) == row.turn);
  }
}

TEST_CASE("Slack down: every pager is told once, once more when it is over, across restarts") {
  Paged house;
  house.slack_is(false);
  house.post(login(house.clock, "1", "alice", 1));
  house.pass(minutes(14), seconds(5));
  CHECK(house.chat.count("pager:mail", "outage") == 0);
  house.post(login(house.clock, "2", "bob", 2, ""));
  house.pass(minutes(3), seconds(5));
  CHECK(house.chat.count("pager:mail", "outage") == 1);
  CHECK(house.chat.count("pager:hook", "outage") == 1);
  const auto words = house.told("outage");
  for (const auto* word : {"Slack takes no messages: ", "the oldest since 2026-11-20T12:00:00Z", "connection refused"})
    CHECK_MESSAGE(words.find(word) != std::string::npos, words);
  house.restart_all();
  house.pass(hours(2), minutes(1));
  CHECK(house.chat.count("pager:mail", "outage") == 1);
  CHECK(house.chat.count("pager:mail", "outage_over") == 0);

  house.slack_is(true);
  house.restart_all();
  house.pass(minutes(5), seconds(5));
  house.restart_all();
  house.pass(hours(1), minutes(1));
  CHECK(house.chat.count("pager:mail", "outage_over") == 1);
  CHECK(house.chat.count("pager:hook", "outage_over") == 1);
  CHECK(house.told("outage_over").find("Slack takes messages again") == 0);

  SUBCASE("the next outage is told again") {
    house.slack_is(false);
    house.post(login(house.clock, "3", "alice", 3));
    house.pass(minutes(20), seconds(30));
    CHECK(house.chat.count("pager:mail", "outage") == 2);
  }
}

TEST_CASE("an outage during which everything is decided otherwise is not said to be over") {
  Paged house;
  house.schedule.by_severity.fill({Duration{}, hours(100), hours(100), hours(100)});
  house.apply_schedule();
  house.slack_is(false);
  house.post(login(house.clock, "1", "alice"));
  house.pass(minutes(20), seconds(30));
  REQUIRE(house.chat.count("pager:mail", "outage") == 1);
  REQUIRE(house.say(house.approvals()[0].approval.id, says(Act::approve, "Sam", true)));
  house.pass(minutes(20), seconds(30));
  CHECK(house.chat.count("pager:mail", "outage_over") == 0);
  house.slack_is(true);
  house.post(login(house.clock, "2", "alice", 2));
  house.pass(minutes(2), seconds(5));
  CHECK(house.chat.count("pager:mail", "outage_over") == 1);
}

TEST_CASE("a page goes to every pager and not to the channel; a denial to the channel and every pager") {
  Paged house;
  house.post(login(house.clock, "1", "alice", 1));
  house.post(login(house.clock, "2", "bob", 2, ""));
  for (const auto& full : house.approvals())
    if (full.approval.person == "Bob") REQUIRE(house.say(full.approval.id, says(Act::deny, "Bob")));
  CHECK(house.chat.count("security_channel", "denial") == 1);
  CHECK(house.chat.count("pager:mail", "denial") == 1);
  CHECK(house.chat.count("pager:hook", "denial") == 1);
  house.pass(hours(30), minutes(10));
  CHECK(house.chat.count("pager:mail", "page") == 1);
  CHECK(house.chat.count("pager:hook", "page") == 1);
  CHECK(house.chat.count("security_channel", "page") == 0);
  for (const auto& message : house.chat.delivered)
    if (core::is_pager(message.recipient)) CHECK(message.button.empty());
}

TEST_CASE("a pager that doesn't take its page: the channel has it at once, the pager is tried on, nobody is rerouted") {
  Paged house;
  SUBCASE("refused") {
    house.chat.refuses["pager:mail"] = {app::Undelivered::Kind::bad_target, "550 no such user", {}};
  }
  SUBCASE("down") {
    house.chat.refuses["pager:mail"] = {app::Undelivered::Kind::retry, "connection refused", {}};
  }
  SUBCASE("both down: the channel has it once") {
    house.chat.refuses["pager:mail"] = house.chat.refuses["pager:hook"] = {app::Undelivered::Kind::retry, "down", {}};
  }
  house.post(login(house.clock, "1", "alice"));
  house.pass(hours(24) + minutes(10), minutes(5));
  CHECK(house.chat.count("security_channel", "page") == 1);
  CHECK(house.chat.count("pager:hook", "page") >= 1);
  CHECK(house.approvals()[0].approval.person == "Alice");
  house.chat.refuses.clear();
  house.chat.delivered.clear();
  house.pass(minutes(2), seconds(10));
  CHECK(house.chat.count("pager:mail", "page") == 1);
  CHECK(house.chat.count("security_channel", "page") == 0);
}

TEST_CASE("a pager that is configured no more is given up, and its page goes to the channel") {
  Paged house;
  house.chat.unknown = {"pager:mail"};
  house.post(login(house.clock, "1", "alice"));
  house.pass(hours(24) - minutes(5), minutes(5));
  house.schedule.pagers = {"hook"};
  const auto removed = house.schedule;
  house.schedule.pagers = {"mail"};  // as it was when the page was written
  house.apply_schedule();
  house.pass(minutes(5) - seconds(1), seconds(30));
  house.chat.refuses["pager:mail"] = {app::Undelivered::Kind::retry, "down", {}};
  house.pass(seconds(30), seconds(1));
  house.schedule = removed;
  house.apply_schedule();
  house.pass(minutes(5), seconds(5));
  CHECK(house.chat.count("security_channel", "page") == 1);
  const auto notifications = house.approvals()[0].notifications;
  const auto page = std::ranges::find(notifications, "pager:mail", &app::Notification::to);
  REQUIRE(page != notifications.end());
  CHECK(page->state == app::NotificationState::failed);
}

TEST_CASE("the router gives pagers their own chat and everybody else the people's") {
  NotingChat people, mail;
  people.unknown = {"Nobody"};
  app::ChatRouter router(people);
  router.add("mail", mail);
  const core::Directory directory = small_directory();
  CHECK(router.address(directory, "Alice") == "Alice");
  CHECK_FALSE(router.address(directory, "Nobody"));
  CHECK(router.address(directory, "pager:mail") == "pager:mail");
  CHECK_FALSE(router.address(directory, "pager:other"));
  for (const auto* to : {"Alice", "security_channel", "pager:mail", "pager:other"}) {
    app::OwedMessage message;
    message.notification.to = message.recipient = to;
    bool delivered = false;
    router.deliver(std::move(message), [&](const auto& answer) { delivered = answer.has_value(); });
    CHECK(delivered == (std::string_view(to) != "pager:other"));
  }
  CHECK(people.delivered.size() == 2);
  CHECK(mail.delivered.size() == 1);
}
