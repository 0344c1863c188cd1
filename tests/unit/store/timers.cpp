#include "core/audit_chain.hpp"
#include "unit/store/fixture.hpp"

namespace countersign::store {

TEST_CASE_FIXTURE(Fixture, "timers are taken when due, oldest first, once; a failed work gives them back") {
  const auto approval = get([](app::Ledger& ledger) { return add_approval(ledger, "o", noon); });
  const auto other = get([](app::Ledger& ledger) { return add_approval(ledger, "o", noon); });
  const auto next = [&] { return get([](app::Ledger& ledger) { return ledger.next_timer(); }); };
  const auto take = [&](Timestamp now, std::size_t limit = 10) {
    return get([&](app::Ledger& ledger) { return ledger.take_due_timers(now, limit); });
  };
  CHECK_FALSE(next());
  must([&](app::Ledger& ledger) -> Result<void> {
    (void)ledger.add(app::Timer{ledger.new_id(), approval, {core::TimerKind::page, noon + seconds(3)}});
    (void)ledger.add(app::Timer{ledger.new_id(), approval, {core::TimerKind::escalate, noon + seconds(1)}});
    (void)ledger.add(app::Timer{ledger.new_id(), other, {core::TimerKind::repeat, noon + seconds(1)}});
    return {};
  });
  CHECK(next() == noon + seconds(1));
  CHECK(told_timers == 1);  // told after the writer's answer, and before its next work
  CHECK(take(noon).empty());
  CHECK_FALSE(write([&](app::Ledger& ledger) -> Result<void> {
    CHECK(ledger.take_due_timers(noon + hours(1), 10)->size() == 3);
    return fail(Fault::invalid, "no");
  }));
  auto due = take(noon + seconds(2), 1);
  REQUIRE(due.size() == 1);
  CHECK(due[0].approval == approval);
  CHECK(due[0].due.kind == core::TimerKind::escalate);
  CHECK(due[0].due.at == noon + seconds(1));
  reopen();
  due = take(noon + seconds(2));
  REQUIRE(due.size() == 1);
  CHECK(due[0].approval == other);
  CHECK(next() == noon + seconds(3));
  must([&](app::Ledger& ledger) { return ledger.cancel_timers(approval); });
  CHECK_FALSE(next());
}

TEST_CASE_FIXTURE(Fixture, "a link is good once, a session until it expires") {
  const auto digest = [](const char* secret) { return crypto::sha256(secret); };
  must([&](app::Ledger& ledger) -> Result<void> {
    (void)ledger.add(app::Pass{digest("link"), "link", "oswaldo", false, noon + hours(1)});
    (void)ledger.add(app::Pass{digest("old"), "link", "oswaldo", false, noon + seconds(1)});
    return ledger.add(app::Pass{digest("session"), "session", "", true, noon + hours(1)});
  });
  const auto use = [&](const char* secret, Timestamp now = noon) {
    return get([&](app::Ledger& ledger) { return ledger.use_pass(digest(secret), now); });
  };
  CHECK_FALSE(use("nobody's"));
  CHECK_FALSE(use("old", noon + seconds(1)));
  const auto link = use("link");
  REQUIRE(link);
  CHECK(link->person == "oswaldo");
  CHECK_FALSE(link->security);
  CHECK_FALSE(use("link"));
  REQUIRE(use("session"));
  CHECK(use("session")->security);
  const auto seen = view([&](app::View& view) { return view.pass(digest("session")); });
  REQUIRE(seen);
  REQUIRE(*seen);
  CHECK((*seen)->expires == noon + hours(1));
  must([&](app::Ledger& ledger) { return ledger.remove_pass(digest("session")); });
  CHECK_FALSE(use("session"));
}

TEST_CASE_FIXTURE(Fixture, "the audit rows form a chain from the first on, across restarts and undone works") {
  const auto note = [&](const char* detail, bool good = true) {
    return write([&](app::Ledger& ledger) -> Result<void> {
      if (auto noted = ledger.audit(noon, "decision", "oswaldo", detail); !noted) return noted;
      if (!good) return fail(Fault::invalid, "no");
      return {};
    });
  };
  REQUIRE(note("{\"n\":1}"));
  REQUIRE_FALSE(note("{\"n\":2}", false));
  reopen();
  REQUIRE(note("{\"n\":3}"));
  const auto chain = view([](app::View& view) { return view.audit_chain(); });
  REQUIRE(chain);
  CHECK(chain->size() == 16);
  const auto entries = view([](app::View& view) { return view.audit({}, 10); });
  REQUIRE(entries);
  REQUIRE(entries->size() == 2);
  std::string previous;
  for (const auto& entry : *entries) {
    CHECK(entry.hash == core::link_hash(previous, *chain, {entry.id, entry.at, entry.kind, entry.actor, entry.detail}));
    CHECK(entry.hash != core::link_hash(previous, *chain, {entry.id, entry.at, entry.kind, "mallory", entry.detail}));
    CHECK(entry.hash !=
          core::link_hash(previous, "other", {entry.id, entry.at, entry.kind, entry.actor, entry.detail}));
    previous = entry.hash;
  }
  // A byte moved from one field to its neighbour is another row.
  CHECK(core::link_hash("", "c", {Id{1}, noon, "ab", "c", "d"}) !=
        core::link_hash("", "c", {Id{1}, noon, "a", "bc", "d"}));
  CHECK(view([&](app::View& view) { return view.audit(entries->at(0).id, 10); })->size() == 1);
}

}  // namespace countersign::store
