#include "core/approval.hpp"

#include <doctest/doctest.h>

using namespace countersign;
using namespace countersign::core;

namespace {

constexpr auto pending = ApprovalState::pending, approved = ApprovalState::approved, denied = ApprovalState::denied;

Approval asked_of_alice(std::vector<ApprovalState> states = {ApprovalState::pending}) {
  Approval approval;
  approval.id = {1};
  approval.person = approval.subject = approval.addressed_to = "Alice";
  for (std::size_t i = 0; i < states.size(); ++i)
    approval.events.push_back({{static_cast<std::int64_t>(10 + i)}, states[i]});
  approval.state = combined(approval.events);
  return approval;
}

Approval at_the_channel() {
  auto approval = asked_of_alice();
  approval.escalated = true;
  return approval;
}

Actor person(const char* name) {
  return {name, false, true};
}
Actor security(const char* name) {
  return {name, true, true};
}
Actor token(const char* name) {
  return {name, true, false};
}

Word says(Act act, Actor by, bool from_channel = false, std::string reason = {}) {
  Word word;
  word.act = act;
  word.by = std::move(by);
  word.from_channel = from_channel;
  word.reason = std::move(reason);
  return word;
}

/// Applies an outcome as the store would.
void apply(Approval& approval, Outcome outcome) {
  outcome.decision.id = {static_cast<std::int64_t>(100 + approval.decisions.size())};
  for (auto& asked : approval.events)
    for (const auto event : outcome.settled)
      if (asked.event == event) asked.state = outcome.settled_as;
  approval.state = outcome.state;
  if (outcome.rerouted) {
    approval.person.clear();
    approval.addressed_to = security_channel;
    approval.escalated = true;
  }
  approval.decisions.push_back(outcome.decision);
}

}  // namespace

TEST_CASE("who may decide") {
  const struct {
    const char* what;
    Approval approval;
    Word word;
    std::optional<Fault> refused;
  } table[] = {
      {"the person it is addressed to", asked_of_alice(), says(Act::approve, person("Alice")), {}},
      {"somebody else", asked_of_alice(), says(Act::approve, person("Mallory")), Fault::forbidden},
      {"the security team", asked_of_alice(), says(Act::approve, security("Sam")), {}},
      {"a token of the security role", asked_of_alice(), says(Act::deny, token("ops")), {}},
      {"a token that shares the subject's name", asked_of_alice(), says(Act::approve, token("Alice")), {}},
      {"the person, by their own message, after escalation", at_the_channel(), says(Act::approve, person("Alice")), {}},
      {"the person, by the channel's message", at_the_channel(), says(Act::approve, person("Alice"), true),
       Fault::forbidden},
      {"a security member about themselves, in the channel", at_the_channel(),
       says(Act::approve, security("Alice"), true), Fault::forbidden},
      {"another security member, in the channel", at_the_channel(), says(Act::approve, security("Sam"), true), {}},
      {"anybody at all, in the channel", at_the_channel(), says(Act::deny, person("Mallory"), true), Fault::forbidden},
      {"revision by the person", asked_of_alice({approved}), says(Act::revise, person("Alice"), false, "oops"),
       Fault::forbidden},
      {"revision by security", asked_of_alice({approved}), says(Act::revise, security("Sam"), false, "stolen key"), {}},
      {"revision without a reason", asked_of_alice({approved}), says(Act::revise, security("Sam")), Fault::invalid},
      {"revision of what is undecided", asked_of_alice(), says(Act::revise, security("Sam"), false, "x"),
       Fault::invalid},
      {"a second word", asked_of_alice({approved}), says(Act::deny, person("Alice")), Fault::conflict},
  };
  for (const auto& row : table) {
    CAPTURE(row.what);
    const auto outcome = decide(row.approval, row.word);
    CHECK(outcome.has_value() == !row.refused.has_value());
    if (!outcome && row.refused) CHECK(outcome.error().fault == *row.refused);
  }
}

TEST_CASE("what a word does to the approval") {
  const struct {
    const char* what;
    std::vector<ApprovalState> before;
    Act act;
    std::vector<Id> named;
    ApprovalState after;
    std::size_t settled;
    bool alarm;
  } table[] = {
      {"approve the only one", {pending}, Act::approve, {}, approved, 1, false},
      {"deny the only one", {pending}, Act::deny, {}, denied, 1, true},
      {"approve all", {pending, pending, pending}, Act::approve, {}, approved, 3, false},
      {"approve one of two", {pending, pending}, Act::approve, {{11}}, pending, 1, false},
      {"approve the rest", {approved, pending}, Act::approve, {}, approved, 1, false},
      {"deny one of two", {pending, pending}, Act::deny, {{10}}, denied, 1, true},
      {"approve beside a denied one", {denied, pending}, Act::approve, {}, denied, 1, false},
  };
  for (const auto& row : table) {
    CAPTURE(row.what);
    auto word = says(row.act, person("Alice"));
    word.events = row.named;
    const auto outcome = decide(asked_of_alice(row.before), word);
    REQUIRE(outcome);
    CHECK(outcome->state == row.after);
    CHECK(outcome->settled.size() == row.settled);
    CHECK(outcome->alarm == row.alarm);
    CHECK(outcome->decision.settles);
  }
}

TEST_CASE("the second person is told who decided") {
  auto approval = asked_of_alice();
  auto word = says(Act::approve, person("Alice"));
  word.at = *parse_rfc3339("2026-11-20T01:02:03Z");
  apply(approval, *decide(approval, word));
  const auto second = decide(approval, says(Act::deny, security("Sam")));
  REQUIRE_FALSE(second);
  CHECK(second.error().message == "approved by Alice at 2026-11-20T01:02:03Z already");
}

TEST_CASE("an event of another approval is not found") {
  auto word = says(Act::approve, person("Alice"));
  word.events = {{10}, {99}};
  CHECK(decide(asked_of_alice(), word).error().fault == Fault::not_found);
}

TEST_CASE("wrong person: rerouted, still pending, and who said it can no longer decide") {
  auto approval = asked_of_alice();
  const auto outcome = decide(approval, says(Act::wrong_person, person("Alice")));
  REQUIRE(outcome);
  CHECK(outcome->rerouted);
  CHECK(outcome->state == pending);
  CHECK_FALSE(outcome->decision.settles);
  CHECK(outcome->settled.empty());
  apply(approval, *outcome);
  CHECK(decide(approval, says(Act::approve, person("Alice"))).error().fault == Fault::forbidden);
  CHECK(decide(approval, says(Act::approve, security("Alice"))).error().fault == Fault::forbidden);
  CHECK(decide(approval, says(Act::wrong_person, security("Sam"), true)).error().fault == Fault::conflict);
  CHECK(decide(approval, says(Act::approve, security("Sam"), true)));
}

TEST_CASE("two people: pending until the second, the same again is a conflict, one deny settles") {
  auto approval = asked_of_alice();
  approval.approvers = 2;
  CHECK(decide(approval, says(Act::approve, person("Alice"))).error().fault == Fault::forbidden);
  const auto first = decide(approval, says(Act::approve, security("Sam")));
  REQUIRE(first);
  CHECK(first->awaits_second);
  CHECK(first->state == pending);
  apply(approval, *first);
  CHECK(decide(approval, says(Act::approve, security("Sam"))).error().fault == Fault::conflict);
  const auto second = decide(approval, says(Act::approve, security("Sue")));
  REQUIRE(second);
  CHECK(second->state == approved);
  CHECK(decide(approval, says(Act::deny, security("Sue")))->state == denied);
  CHECK(decide(approval, says(Act::deny, person("Alice")))->state == denied);
}

TEST_CASE("a revision turns the decision and is added to the record") {
  auto approval = asked_of_alice({denied, denied});
  const auto outcome = decide(approval, says(Act::revise, security("Sam"), false, "it was the drill"));
  REQUIRE(outcome);
  CHECK(outcome->state == approved);
  CHECK(outcome->settled.size() == 2);
  CHECK_FALSE(outcome->alarm);
  const auto back = decide(asked_of_alice({approved}), says(Act::revise, security("Sam"), false, "stolen key"));
  CHECK(back->state == denied);
  CHECK(back->alarm);
}

TEST_CASE("names go both ways") {
  for (const auto state : {pending, approved, denied, ApprovalState::expected})
    CHECK(*parse_approval_state(to_text(state)) == state);
  for (const auto act : {Act::approve, Act::deny, Act::wrong_person, Act::revise})
    CHECK(*parse_act(to_text(act)) == act);
  for (const auto severity : {Severity::normal, Severity::high, Severity::critical})
    CHECK(*parse_severity(to_text(severity)) == severity);
  CHECK_FALSE(parse_act("Approve"));
}

TEST_CASE("where a rule demands a reason an approval without one is refused, a denial never") {
  Approval approval;
  approval.person = approval.subject = approval.addressed_to = "Alice";
  approval.events = {{Id{1}, ApprovalState::pending}};
  approval.needs_reason = true;
  Word word;
  word.by = {"Alice", false, true};
  CHECK(decide(approval, word).error().fault == Fault::invalid);
  word.reason = "deployment";
  CHECK(decide(approval, word));
  word.reason.clear();
  word.act = Act::deny;
  CHECK(decide(approval, word));
}
