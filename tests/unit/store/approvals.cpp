#include "unit/store/fixture.hpp"

namespace countersign::store {
namespace {

using core::ApprovalState;

core::Outcome outcome(core::Act act, std::vector<Id> events, ApprovalState as, ApprovalState then) {
  core::Outcome result;
  result.decision = {{}, "oswaldo", act, events, noon, "slack", "because", act != core::Act::wrong_person};
  if (act != core::Act::wrong_person) result.settled = std::move(events);
  result.settled_as = as;
  result.state = then;
  result.revises = act == core::Act::revise;
  return result;
}

struct Burst {
  Id approval, first, second;
};

Result<Burst> add_burst(app::Ledger& ledger) {
  Burst burst;
  burst.approval = *add_approval(ledger, "oswaldo", noon, "burst");
  burst.first = *add_event(ledger, login("oswaldo", noon), burst.approval);
  burst.second = *add_event(ledger, login("oswaldo", noon, 2), burst.approval);
  return burst;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "an approval comes back whole, and its own fields can be changed") {
  auto approval = approval_for(new_id(), "oswaldo", noon);
  approval.kind = "finding";
  approval.reason = "why";
  approval.severity = core::Severity::critical;
  approval.approvers = 2;
  approval.burst = "b";
  approval.subject = "someone";
  must([&](app::Ledger& ledger) { return ledger.add(approval); });
  const auto check = [&] {
    const auto read = get([&](app::Ledger& ledger) { return ledger.approval(approval.id); });
    CHECK(read.kind == approval.kind);
    CHECK(read.state == approval.state);
    CHECK(read.person == approval.person);
    CHECK(read.subject == approval.subject);
    CHECK(read.addressed_to == approval.addressed_to);
    CHECK(read.reason == approval.reason);
    CHECK(read.severity == approval.severity);
    CHECK(read.approvers == approval.approvers);
    CHECK(read.escalated == approval.escalated);
    CHECK(read.created_at == approval.created_at);
    CHECK(read.burst == approval.burst);
  };
  check();
  approval.person = "";
  approval.addressed_to = core::security_channel;
  approval.reason = "why; rerouted";
  approval.escalated = true;
  approval.burst = "";
  must([&](app::Ledger& ledger) { return ledger.update(approval); });
  check();
  approval.id = Id{77};
  CHECK(write([&](app::Ledger& ledger) { return ledger.update(approval); }).error().fault == Fault::not_found);
  CHECK(write([&](app::Ledger& ledger) -> Result<void> {
          if (auto read = ledger.approval(Id{77}); !read) return std::unexpected(read.error());
          return {};
        })
            .error()
            .fault == Fault::not_found);
}

TEST_CASE_FIXTURE(Fixture, "a burst is open while undecided, unclosed and young enough") {
  const auto id = get([](app::Ledger& ledger) { return add_approval(ledger, "oswaldo", noon, "burst"); });
  const auto open = [&](std::string_view burst, Timestamp since) {
    return get([&](app::Ledger& ledger) { return ledger.open_burst(burst, since); });
  };
  CHECK(open("burst", noon) == id);
  CHECK(open("burst", noon - hours(1)) == id);
  CHECK_FALSE(open("burst", noon + Duration(1)));
  CHECK_FALSE(open("other", noon));
  CHECK_FALSE(open("", noon));
  const auto newer =
      get([](app::Ledger& ledger) { return add_approval(ledger, "oswaldo", noon + seconds(1), "burst"); });
  CHECK(open("burst", noon) == newer);
  auto approval = get([&](app::Ledger& ledger) { return ledger.approval(newer); });
  approval.state = ApprovalState::approved;
  must([&](app::Ledger& ledger) { return ledger.update(approval); });
  CHECK(open("burst", noon) == id);
  approval = get([&](app::Ledger& ledger) { return ledger.approval(id); });
  approval.burst.clear();
  must([&](app::Ledger& ledger) { return ledger.update(approval); });
  CHECK_FALSE(open("burst", noon));
}

TEST_CASE_FIXTURE(Fixture, "questions are counted that demand as much in all") {
  must([](app::Ledger& ledger) -> Result<void> {
    for (const auto severity : {core::Severity::normal, core::Severity::critical})
      for (const int approvers : {1, 2})
        for (const bool reason : {false, true}) {
          auto question = approval_for(ledger.new_id(), "oswaldo", noon);
          question.severity = severity;
          question.approvers = approvers;
          question.needs_reason = reason;
          if (auto added = ledger.add(question); !added) return added;
        }
    auto expected = approval_for(ledger.new_id(), "oswaldo", noon);
    expected.state = ApprovalState::expected;
    return ledger.add(expected);
  });
  const auto counted = [&](core::Severity severity, int approvers, bool reason, Timestamp since = noon) {
    auto least = approval_for(Id{}, "oswaldo", noon);
    least.severity = severity;
    least.approvers = approvers;
    least.needs_reason = reason;
    return get([&](app::Ledger& ledger) { return ledger.questions_since(least, since, 7); });
  };
  CHECK(counted(core::Severity::normal, 1, false) == 7);  // at most
  CHECK(counted(core::Severity::critical, 1, false) == 4);
  CHECK(counted(core::Severity::normal, 2, false) == 4);
  CHECK(counted(core::Severity::normal, 1, true) == 4);
  CHECK(counted(core::Severity::high, 2, false) == 2);
  CHECK(counted(core::Severity::critical, 2, true) == 1);
  CHECK(counted(core::Severity::normal, 1, false, noon + Duration(1)) == 0);
}

TEST_CASE_FIXTURE(Fixture, "the first decision of an event stands; later ones conflict and change nothing") {
  const auto burst = get(add_burst);
  auto approval = get([&](app::Ledger& ledger) { return ledger.approval(burst.approval); });
  REQUIRE(approval.events.size() == 2);
  CHECK(approval.events[0].event == burst.first);

  const auto decide = [&](const core::Outcome& what) {
    return write([&](app::Ledger& ledger) { return ledger.add(approval, what, ledger.new_id()); });
  };
  REQUIRE(decide(outcome(core::Act::approve, {burst.first}, ApprovalState::approved, ApprovalState::pending)));
  const auto again =
      decide(outcome(core::Act::deny, {burst.second, burst.first}, ApprovalState::denied, ApprovalState::denied));
  CHECK(again.error().fault == Fault::conflict);
  auto read = get([&](app::Ledger& ledger) { return ledger.approval(burst.approval); });
  CHECK(read.state == ApprovalState::pending);
  CHECK(read.events[0].state == ApprovalState::approved);
  CHECK(read.events[1].state == ApprovalState::pending);
  REQUIRE(read.decisions.size() == 1);
  CHECK(read.decisions[0].by == "oswaldo");
  CHECK(read.decisions[0].events == std::vector{burst.first});
  CHECK(read.decisions[0].via == "slack");
  CHECK(read.decisions[0].reason == "because");
  CHECK(read.decisions[0].at == noon);
  CHECK(read.decisions[0].settles);

  SUBCASE("also where the work hides the conflict") {
    CHECK_FALSE(write([&](app::Ledger& ledger) -> Result<void> {
      CHECK_FALSE(ledger.add(
          approval, outcome(core::Act::deny, {burst.second, burst.first}, ApprovalState::denied, ApprovalState::denied),
          ledger.new_id()));
      return {};
    }));
    CHECK(get([&](app::Ledger& ledger) { return ledger.approval(burst.approval); }).decisions.size() == 1);
  }
  SUBCASE("a wrong person settles nothing, and is kept with the approval's new fields") {
    approval.person.clear();
    approval.addressed_to = core::security_channel;
    REQUIRE(decide(
        outcome(core::Act::wrong_person, {burst.first, burst.second}, ApprovalState::pending, ApprovalState::pending)));
    read = get([&](app::Ledger& ledger) { return ledger.approval(burst.approval); });
    CHECK(read.person.empty());
    CHECK(read.addressed_to == core::security_channel);
    CHECK(read.decisions.size() == 2);
    CHECK_FALSE(read.decisions[1].settles);
    CHECK(read.decisions[1].events == std::vector{burst.first, burst.second});
  }
  SUBCASE("a revision stands beside it, as often as wanted, and is the first of an event that had none") {
    for (const auto as : {ApprovalState::denied, ApprovalState::approved}) {
      REQUIRE(decide(outcome(core::Act::revise, {burst.first, burst.second}, as, as)));
      read = get([&](app::Ledger& ledger) { return ledger.approval(burst.approval); });
      CHECK(read.state == as);
      CHECK(read.events[0].state == as);
      CHECK(read.events[1].state == as);
    }
    REQUIRE(read.decisions.size() == 3);
    CHECK(read.decisions[0].settled == std::vector{burst.first});
    CHECK(read.decisions[1].settled == std::vector{burst.second});
    CHECK(read.decisions[1].revised == std::vector{burst.first});
    CHECK(read.decisions[2].revised == std::vector{burst.first, burst.second});
    CHECK(decide(outcome(core::Act::approve, {burst.second}, ApprovalState::approved, ApprovalState::approved))
              .error()
              .fault == Fault::conflict);
  }
  SUBCASE("an event of another approval can't be settled through this one") {
    const auto other = get(add_burst);
    CHECK(decide(outcome(core::Act::deny, {other.first}, ApprovalState::denied, ApprovalState::denied)).error().fault ==
          Fault::not_found);
    CHECK(get([&](app::Ledger& ledger) { return ledger.approval(other.approval); }).events[0].state ==
          ApprovalState::pending);
  }
}

TEST_CASE_FIXTURE(Fixture, "approvals are listed newest first, in pages, by state, person, source and time") {
  std::vector<Id> ids;
  for (int i = 0; i < 5; ++i)
    ids.push_back(get([&](app::Ledger& ledger) -> Result<Id> {
      const auto id = *add_approval(ledger, i % 2 == 0 ? "oswaldo" : "alice", noon + seconds(i / 2));
      const auto event = *add_event(ledger, login("oswaldo", noon, i), id);
      (void)ledger.add(app::Sighting{event, "log", i < 2 ? "p" : "q", std::to_string(i), "d", noon, noon, "line"});
      (void)owe(ledger, id, "oswaldo", noon);
      return id;
    }));
  auto settled = get([&](app::Ledger& ledger) { return ledger.approval(ids[4]); });
  settled.state = ApprovalState::denied;
  must([&](app::Ledger& ledger) { return ledger.update(settled); });

  const auto list = [&](app::ApprovalFilter filter) {
    std::vector<Id> found;
    for (int pages = 0; pages < 10; ++pages) {
      const auto page = view([&](app::View& view) { return view.approvals(filter); });
      REQUIRE(page);
      for (const auto& full : page->rows) {
        found.push_back(full.approval.id);
        CHECK(full.events.size() == 1);
        CHECK(full.events[0].sightings.size() == 1);
        CHECK(full.notifications.size() == 1);
      }
      filter.cursor = page->next_cursor;
      if (filter.cursor.empty()) return found;
    }
    FAIL("pages without end");
    return found;
  };
  const auto list_where = [&](auto set) {
    app::ApprovalFilter filter;
    set(filter);
    return list(filter);
  };
  const std::vector all{ids[4], ids[3], ids[2], ids[1], ids[0]};
  for (const std::size_t limit : {1, 2, 3, 5, 100})
    CHECK(list_where([&](auto& f) { f.limit = limit; }) == all);
  CHECK(list_where([](auto& f) { f.state = ApprovalState::pending; }) == std::vector{ids[3], ids[2], ids[1], ids[0]});
  CHECK(list_where([](auto& f) { f.state = ApprovalState::denied; }) == std::vector{ids[4]});
  CHECK(list_where([](auto& f) { f.state = ApprovalState::expected; }).empty());
  CHECK(list_where([](auto& f) { f.person = "alice", f.limit = 1; }) == std::vector{ids[3], ids[1]});
  CHECK(list_where([](auto& f) { f.person = "oswaldo", f.state = ApprovalState::pending; }) ==
        std::vector{ids[2], ids[0]});
  CHECK(list_where([](auto& f) { f.addressed_to = "alice"; }) == std::vector{ids[3], ids[1]});
  CHECK(list_where([](auto& f) { f.source = "p"; }) == std::vector{ids[1], ids[0]});
  CHECK(list_where([](auto& f) { f.from = noon + seconds(1), f.to = noon + seconds(2); }) ==
        std::vector{ids[3], ids[2]});
  app::ApprovalFilter nonsense;
  nonsense.cursor = "nonsense";
  CHECK(view([&](app::View& view) { return view.approvals(nonsense); }).error().fault == Fault::invalid);
}

}  // namespace countersign::store
