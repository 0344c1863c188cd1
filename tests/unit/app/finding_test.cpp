// What the service itself says to the security channel: raised once while it goes on, amended in place.
#include "app/finding.hpp"
#include "unit/app/house.hpp"

namespace countersign::test {
namespace {

app::Finding clone(std::string key) {
  app::Finding finding;
  finding.kind = "agent_clone";
  finding.key = std::move(key);
  finding.event.host = "bastion";
  finding.reason = "two machines use one key";
  return finding;
}

app::Raised raise(House& house, app::Finding finding) {
  std::promise<Result<app::Raised>> answered;
  Result<app::Raised> raised;
  house.store->write(
      [&](app::Ledger& ledger) -> Result<void> {
        raised = app::raise_finding(ledger, *house.policy->current(), std::move(finding), house.clock.now());
        if (!raised) return std::unexpected(raised.error());
        return {};
      },
      [&](Result<void>) { answered.set_value(raised); });
  const auto got = answered.get_future().get();
  REQUIRE(got);
  house.settle();
  return *got;
}

void amend(House& house, Id approval, std::string_view reason) {
  std::promise<Result<void>> answered;
  house.store->write(
      [&](app::Ledger& ledger) { return app::amend_finding(ledger, approval, reason, house.clock.now()); },
      [&](Result<void> written) { answered.set_value(std::move(written)); });
  REQUIRE(answered.get_future().get());
  house.settle();
}

}  // namespace

TEST_CASE("a finding is an approval of the security channel's, over an event of its own") {
  House house;
  const auto raised = raise(house, clone("a1"));
  CHECK(raised.fresh);
  REQUIRE(house.approvals().size() == 1);
  const auto full = house.approvals().front();
  CHECK(full.approval.kind == "finding");
  CHECK(full.approval.addressed_to == core::security_channel);
  CHECK(full.approval.severity == core::Severity::high);
  REQUIRE(full.events.size() == 1);
  CHECK(full.events[0].event.action == "finding_agent_clone");
  CHECK(full.events[0].event.rule == "finding.agent_clone");
  CHECK(full.events[0].event.time == house.clock.now());
  CHECK(full.events[0].verdict == "not_applicable");
  CHECK(house.chat.count(core::security_channel, "ask") == 1);
  CHECK(house.audit().back().kind == "finding");
}

TEST_CASE("one that goes on is not raised again before it is decided") {
  House house;
  const auto first = raise(house, clone("a1"));
  CHECK_FALSE(raise(house, clone("a1")).fresh);
  CHECK(raise(house, clone("a1")).approval == first.approval);
  CHECK(raise(house, clone("a2")).fresh);
  CHECK(house.chat.count(core::security_channel, "ask") == 2);

  REQUIRE(house.say(first.approval, says(core::Act::approve, "Bob", true)));
  const auto again = raise(house, clone("a1"));
  CHECK(again.fresh);
  CHECK(again.approval != first.approval);
}

TEST_CASE("what goes on and says something else is edited in place, until it is decided") {
  House house;
  const auto raised = raise(house, clone("a1"));
  const auto messages = house.chat.delivered.size();
  house.clock.advance(std::chrono::seconds(5));
  amend(house, raised.approval, "three machines use one key");
  REQUIRE(house.chat.delivered.size() == messages + 1);
  CHECK(house.chat.delivered.back().approval.reason == "three machines use one key");
  CHECK(house.chat.delivered.back().notification.shown > 0);
  amend(house, raised.approval, "three machines use one key");
  CHECK(house.chat.delivered.size() == messages + 1);

  REQUIRE(house.say(raised.approval, says(core::Act::deny, "Bob", true)));
  const auto after = house.chat.delivered.size();
  amend(house, raised.approval, "four machines use one key");
  CHECK(house.chat.delivered.size() == after);
}

TEST_CASE("the person it is about may not decide it") {
  House house;
  auto finding = clone("a1");
  finding.severity = core::Severity::normal;
  finding.subject = "Alice";
  const auto raised = raise(house, finding);
  CHECK(house.approvals().front().approval.severity == core::Severity::normal);
  const auto said = house.say(raised.approval, says(core::Act::approve, "Alice", true));
  REQUIRE_FALSE(said);
  CHECK(said.error().fault == Fault::forbidden);
}

}  // namespace countersign::test
