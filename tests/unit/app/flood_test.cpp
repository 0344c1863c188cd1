// Who can write log lines can't bury a person in questions: beyond the bound the rest is one finding of the channel's.
#include "unit/app/house.hpp"

namespace countersign::test {
namespace {

/// Logins that no burst joins: each from an address of its own.
void forge(House& house, int from, int until, const std::string& user = "alice",
           const std::string& key = "SHA256:alice") {
  std::vector<core::Record> records;
  for (int i = from; i < until; ++i)
    records.push_back(login(house.clock, fmt::format("{}{}", user, i), user, 1000 + i, key, "bastion",
                            fmt::format("203.0.{}.{}", i / 250, i % 250)));
  house.post(std::move(records));
}

std::vector<app::FullApproval> floods(House& house) {
  app::ApprovalFilter filter;
  filter.kind = "finding";
  return house.read([&](app::View& view) { return view.approvals(filter); }).rows;
}

}  // namespace

TEST_CASE("the hundredth question is asked, the hundred-and-first is the finding's") {
  House house;
  forge(house, 0, 100);
  CHECK(house.chat.count("Alice", "ask") == 100);
  CHECK(floods(house).empty());
  forge(house, 100, 101);
  CHECK(house.chat.count("Alice", "ask") == 100);
  REQUIRE(floods(house).size() == 1);
  auto flood = floods(house)[0];
  CHECK(flood.approval.addressed_to == core::security_channel);
  CHECK(flood.approval.person.empty());
  CHECK(flood.approval.subject == "Alice");
  CHECK(flood.approval.reason.starts_with("Alice was asked 100 questions within 1h"));
  CHECK(flood.events.size() == 2);  // its own and the login

  SUBCASE("a thousand more join it, through a restart, and are decided with it") {
    house.restart();
    forge(house, 101, 1101);
    REQUIRE(floods(house).size() == 1);
    CHECK(house.chat.count("Alice", "ask") == 100);
    CHECK(house.chat.count(core::security_channel, "ask") == 1);
    const auto pending = floods(house)[0].approval;
    CHECK(pending.state == core::ApprovalState::pending);
    CHECK(pending.events.size() == 1002);
    CHECK(!house.say(pending.id, says(core::Act::approve, "Alice")));
    REQUIRE(house.say(pending.id, says(core::Act::deny, "Sec", true)));
  }
  SUBCASE("others are asked as ever, and so is she when the hour is over") {
    forge(house, 0, 3, "bob", "");
    CHECK(house.chat.count("Bob", "ask") == 3);
    house.pass(std::chrono::minutes(70), std::chrono::minutes(10));
    forge(house, 2000, 2001);
    CHECK(house.chat.count("Alice", "ask") == 101);
  }
  SUBCASE("a burst that is open takes what belongs to it") {
    house.post(login(house.clock, "again", "alice", 9, "SHA256:alice", "web1", "203.0.0.5"));
    CHECK(floods(house)[0].events.size() == 2);
  }
}

TEST_CASE("the bound is configured; none is none") {
  House house;
  house.schedule.questions_at_most = 2;
  house.schedule.questions_within = std::chrono::minutes(10);
  house.apply_schedule();
  forge(house, 0, 5);
  CHECK(house.chat.count("Alice", "ask") == 2);
  house.schedule.questions_at_most = 0;
  house.apply_schedule();
  forge(house, 10, 150);
  CHECK(house.chat.count("Alice", "ask") == 142);
}

}  // namespace countersign::test
