#include "unit/store/fixture.hpp"

namespace countersign::store {
namespace {

using app::NotificationState;

struct Deliveries : Fixture {
  Deliveries() {
    approval = get([](app::Ledger& ledger) { return add_approval(ledger, "oswaldo", noon); });
  }

  Id owed(const std::string& to, Timestamp due = noon) {
    return get([&](app::Ledger& ledger) { return owe(ledger, approval, to, due); });
  }
  std::vector<app::Claim> claim(Timestamp now, std::size_t limit = 10) {
    clock.set(now);
    return get([&](app::Ledger& ledger) { return ledger.claim_due(now, "worker", minutes(1), limit, room); }).claims;
  }
  /// The ids claimed.
  std::vector<Id> claimed(Timestamp now, std::size_t limit = 10) {
    std::vector<Id> ids;
    for (const auto& one : claim(now, limit))
      ids.push_back(one.notification.id);
    return ids;
  }
  std::optional<Timestamp> next(Timestamp now) {
    clock.set(now);
    return get([&](app::Ledger& ledger) { return ledger.claim_due(now, "worker", minutes(1), 0, room); }).next;
  }
  Result<void> deliver(const app::Claim& claim, Timestamp at) {
    return write([&](app::Ledger& ledger) {
      return ledger.delivered(claim.notification.id, claim.fence, claim.notification.revision, at, "D1", "17.5");
    });
  }
  Result<void> put_off(const app::Claim& claim, std::optional<Timestamp> again) {
    return write([&](app::Ledger& ledger) {
      return ledger.not_delivered(claim.notification.id, claim.fence, "slack is down", again);
    });
  }
  void revise(Timestamp due, bool cancel = false) {
    must([&](app::Ledger& ledger) { return ledger.revise_messages(approval, due, cancel); });
  }
  app::Notification read(Id id) {
    const auto full = view([&](app::View& view) { return view.approval(approval); });
    for (const auto& one : full->notifications)
      if (one.id == id) return one;
    FAIL("no such notification");
    return {};
  }

  Id approval;
  app::RoomOf room = [](std::string_view) { return app::Room{}; };
};

}  // namespace

TEST_CASE_FIXTURE(Deliveries, "a claim has the message, the approval whole and its first fifty events") {
  for (int i = 0; i < 60; ++i)
    must([&](app::Ledger& ledger) -> Result<void> {
      if (auto added = add_event(ledger, login("oswaldo", noon, i), approval); !added)
        return std::unexpected(added.error());
      return {};
    });
  const auto id = owed("oswaldo");
  const auto claims = claim(noon);
  REQUIRE(claims.size() == 1);
  CHECK(claims[0].notification.id == id);
  CHECK(claims[0].notification.to == "oswaldo");
  CHECK(claims[0].fence == 1);
  CHECK(claims[0].approval.id == approval);
  CHECK(claims[0].approval.events.size() == 60);
  REQUIRE(claims[0].events.size() == 50);
  CHECK(claims[0].events[0].event.port == 0);
  CHECK(claims[0].events[49].event.port == 49);

  REQUIRE(deliver(claims[0], noon + seconds(1)));
  const auto sent = read(id);
  CHECK(sent.state == NotificationState::sent);
  CHECK(sent.shown == 1);
  CHECK(sent.sent_at == noon + seconds(1));
  CHECK(sent.remote_channel == "D1");
  CHECK(sent.remote_message == "17.5");
  CHECK(claim(noon + hours(1)).empty());
  CHECK_FALSE(next(noon));
}

TEST_CASE_FIXTURE(Deliveries, "targets are served oldest first, one message at a time, in order") {
  const auto a1 = owed("a", noon + seconds(1)), a2 = owed("a"), b1 = owed("b"), c1 = owed("c", noon + seconds(5));
  CHECK(next(noon - seconds(9)) == noon);
  // a1 was never tried and is not due: it holds up nobody.
  CHECK(claimed(noon) == std::vector{a2, b1});
  CHECK(claimed(noon + seconds(3)).empty());  // both lanes are leased
  CHECK(next(noon + seconds(3)) == noon + seconds(5));
  CHECK(claimed(noon + seconds(5)) == std::vector{c1});
  CHECK(next(noon + seconds(5)) == noon + minutes(1));       // the leases end
  CHECK(claimed(noon + minutes(1)) == std::vector{b1, a1});  // a's head is a1 now; a2 follows it
}

TEST_CASE_FIXTURE(Deliveries, "a limit takes the oldest") {
  owed("c", noon + seconds(3));
  const auto b = owed("b", noon + seconds(1)), a = owed("a", noon + seconds(2));
  CHECK(claimed(noon + seconds(9), 2) == std::vector{b, a});
}

TEST_CASE_FIXTURE(Deliveries, "a head that waits for its retry holds up its own target alone") {
  const auto a1 = owed("a"), a2 = owed("a"), b1 = owed("b");
  auto claims = claim(noon, 10);
  REQUIRE(claims.size() == 2);
  REQUIRE(put_off(claims[0], noon + seconds(30)));
  REQUIRE(put_off(claims[1], std::nullopt));
  const auto waiting = read(a1);
  CHECK(waiting.state == NotificationState::pending);
  CHECK(waiting.attempts == 1);
  CHECK(waiting.error == "slack is down");
  CHECK(waiting.due_at == noon + seconds(30));
  CHECK(read(b1).state == NotificationState::failed);
  CHECK(claimed(noon + seconds(29)).empty());
  CHECK(next(noon + seconds(29)) == noon + seconds(30));
  claims = claim(noon + seconds(30));
  REQUIRE(claims.size() == 1);
  CHECK(claims[0].notification.id == a1);
  CHECK(claims[0].notification.failures == 1);
  CHECK(claims[0].fence == 2);
  REQUIRE(deliver(claims[0], noon + seconds(30)));
  CHECK(read(a1).failures == 0);
  CHECK(read(a1).attempts == 2);
  CHECK(read(a1).error.empty());
  CHECK(claimed(noon + seconds(30)) == std::vector{a2});
}

TEST_CASE_FIXTURE(Deliveries, "a denial waits for nothing but what was owed before about its own approval") {
  const auto first = owed("a"), second = owed("a");
  const auto mine = approval;
  approval = get([](app::Ledger& ledger) { return add_approval(ledger, "alice", noon); });
  const auto alarm = [&](Id of) {
    return get([&](app::Ledger& ledger) { return owe(ledger, of, "a", noon, "denial"); });
  };
  const auto own = alarm(mine), other = alarm(approval);
  auto claims = claim(noon);
  REQUIRE(claims.size() == 1);
  CHECK(claims[0].notification.id == other);
  REQUIRE(put_off(claims[0], noon + seconds(30)));  // refused as well: nobody waits for it but its own
  claims = claim(noon);
  REQUIRE(claims.size() == 1);
  CHECK(claims[0].notification.id == first);
  REQUIRE(put_off(claims[0], noon + minutes(5)));
  CHECK(claimed(noon + seconds(29)).empty());
  CHECK(next(noon + seconds(29)) == noon + seconds(30));
  claims = claim(noon + seconds(30));
  REQUIRE(claims.size() == 1);
  CHECK(claims[0].notification.id == other);
  REQUIRE(deliver(claims[0], noon + seconds(30)));
  for (const auto id : {first, second, own}) {
    claims = claim(noon + minutes(5));
    REQUIRE(claims.size() == 1);
    CHECK(claims[0].notification.id == id);
    REQUIRE(deliver(claims[0], noon + minutes(5)));
  }
}

TEST_CASE_FIXTURE(Deliveries, "a lease that ran out passes to another, and the first one's outcome is refused") {
  const auto id = owed("a");
  const auto first = claim(noon).at(0);
  CHECK(claim(noon + seconds(59)).empty());
  const auto second = claim(noon + seconds(60)).at(0);
  CHECK(second.fence == first.fence + 1);
  CHECK(deliver(first, noon).error().fault == Fault::conflict);
  CHECK(put_off(first, std::nullopt).error().fault == Fault::conflict);
  CHECK(read(id).state == NotificationState::pending);
  REQUIRE(deliver(second, noon + seconds(61)));
  CHECK(deliver(second, noon + seconds(61)).error().fault == Fault::conflict);
  SUBCASE("a lease that ran out and passed to nobody is still good") {
    owed("b");
    const auto late = claim(noon + minutes(2)).at(0);
    CHECK(deliver(late, noon + hours(1)));
  }
}

TEST_CASE_FIXTURE(Deliveries, "a worker that starts again ends the leases of its earlier life, and no other's") {
  const auto mine = owed("oswaldo");
  const auto first = claim(noon);
  REQUIRE(first.size() == 1);
  must([](app::Ledger& ledger) { return ledger.release_leases("another"); });
  CHECK(claimed(noon + seconds(1)).empty());
  must([](app::Ledger& ledger) { return ledger.release_leases("worker"); });
  CHECK_FALSE(deliver(first[0], noon + seconds(1)));  // the earlier life's outcome comes too late
  const auto again = claim(noon + seconds(1));
  REQUIRE(again.size() == 1);
  CHECK(again[0].notification.id == mine);
  CHECK(again[0].fence == 2);  // so the chat knows that a copy may stand already
}

TEST_CASE_FIXTURE(Deliveries, "leases, owed messages and their order outlive a restart") {
  const auto a1 = owed("a");
  owed("a");
  claim(noon);
  reopen();
  CHECK(claim(noon + seconds(1)).empty());
  CHECK(claimed(noon + minutes(1)) == std::vector{a1});
}

TEST_CASE_FIXTURE(Deliveries, "a change is an edit of what was delivered, at most once a second") {
  const auto id = owed("a");
  const auto behind = owed("a");
  REQUIRE(deliver(claim(noon).at(0), noon));
  revise(noon + Duration(1000));
  CHECK(read(id).revision == 2);
  CHECK(read(id).state == NotificationState::sent);
  CHECK(read(behind).revision == 2);  // it will show it
  CHECK(read(behind).state == NotificationState::pending);
  const auto first = claim(noon + Duration(1000)).at(0);
  CHECK(first.notification.id == behind);  // a first delivery goes while the edit is not due
  REQUIRE(deliver(first, noon + Duration(2000)));
  CHECK(claimed(noon + seconds(1) - Duration(1)).empty());
  CHECK(next(noon + Duration(2000)) == noon + seconds(1));
  const auto edit = claim(noon + seconds(1)).at(0);
  CHECK(edit.notification.id == id);
  CHECK(edit.notification.remote_message == "17.5");
  CHECK(edit.notification.revision == 2);

  SUBCASE("one that comes while it is shown makes another") {
    revise(noon + seconds(1));
    REQUIRE(deliver(edit, noon + seconds(2)));
    CHECK(read(id).shown == 2);
    CHECK(read(id).revision == 3);
    CHECK(claim(noon + seconds(3) - Duration(1)).size() == 1);  // of the other message
    CHECK(next(noon + seconds(3)) >= noon + seconds(3));
  }
  SUBCASE("a steady stream of changes does not put it off") {
    REQUIRE(deliver(edit, noon + seconds(2)));
    for (int i = 0; i < 10; ++i)
      revise(noon + seconds(2) + Duration(i * 100'000));
    CHECK(read(id).due_at == noon + seconds(3));
  }
  SUBCASE("a change does not cut a retry's wait short") {
    REQUIRE(put_off(edit, noon + minutes(5)));
    revise(noon + seconds(3));
    CHECK(read(id).due_at == noon + minutes(5));
    CHECK(read(id).state == NotificationState::sent);
  }
  SUBCASE("an edit that failed for good is tried once more with the next change") {
    REQUIRE(put_off(edit, std::nullopt));
    CHECK(read(id).state == NotificationState::failed);
    revise(noon + minutes(1));
    CHECK(read(id).state == NotificationState::sent);
    const auto ids = claimed(noon + minutes(2));
    CHECK(ids.size() == 1);
    CHECK((ids[0] == id || ids[0] == behind));
  }
}

TEST_CASE_FIXTURE(Deliveries, "deciding cancels what was not sent; what is under way is edited afterwards") {
  const auto under_way = owed("a"), waiting = owed("a"), other = owed("b");
  auto claims = claim(noon);
  REQUIRE(claims.size() == 2);
  REQUIRE(put_off(claims[1], noon + minutes(5)));
  revise(noon, true);
  CHECK(read(waiting).state == NotificationState::cancelled);
  CHECK(read(other).state == NotificationState::cancelled);
  CHECK(read(under_way).state == NotificationState::pending);
  REQUIRE(deliver(claims[0], noon + seconds(1)));
  CHECK(read(under_way).state == NotificationState::sent);
  CHECK(claim(noon + seconds(1)).empty());
  CHECK(claimed(noon + seconds(2)) == std::vector{under_way});
}

TEST_CASE_FIXTURE(Deliveries, "cancelled where a failed attempt may have left it: its edit is owed, and then no more") {
  const auto tried = owed("a"), paged = owed("pager:mail");
  for (const auto& one : claim(noon))
    REQUIRE(put_off(one, noon + minutes(5)));
  revise(noon, true);
  CHECK(read(paged).state == NotificationState::cancelled);
  CHECK(read(tried).state == NotificationState::cancelled);
  CHECK(claim(noon + minutes(4)).empty());
  const auto behind = owed("a", noon + minutes(4));
  auto claims = claim(noon + minutes(4));
  REQUIRE(claims.size() == 1);
  CHECK(claims[0].notification.id == behind);  // it holds up nobody
  REQUIRE(deliver(claims[0], noon + minutes(4)));
  claims = claim(noon + minutes(6));
  REQUIRE(claims.size() == 1);
  REQUIRE(claims[0].notification.id == tried);
  SUBCASE("it stands") {
    REQUIRE(deliver(claims[0], noon + minutes(6)));
    CHECK(read(tried).state == NotificationState::sent);
  }
  SUBCASE("it stands nowhere") {
    REQUIRE(put_off(claims[0], std::nullopt));
    CHECK(read(tried).state == NotificationState::cancelled);
    CHECK(claim(noon + minutes(20)).empty());
  }
}

TEST_CASE_FIXTURE(Deliveries, "the standing tells what is owed, since when, and what failed") {
  const auto standing = [&](Timestamp now) { return *view([&](app::View& view) { return view.standing(now); }); };
  CHECK_FALSE(standing(noon).oldest_owed);
  CHECK(standing(noon).pending_approvals == 1);
  owed("a", noon + seconds(10));
  owed("a", noon + seconds(20));
  CHECK_FALSE(standing(noon + seconds(9)).oldest_owed);
  CHECK(standing(noon + seconds(10)).oldest_owed == noon + seconds(10));
  CHECK(standing(noon).owed == 2);
  const auto first = claim(noon + seconds(10)).at(0);
  CHECK(standing(noon + minutes(1)).oldest_error.empty());
  REQUIRE(put_off(first, noon + hours(1)));
  CHECK(standing(noon + minutes(1)).oldest_error == "slack is down");
  CHECK(standing(noon + minutes(1)).oldest_owed == noon + seconds(10));  // waiting for a retry is still owed
  const auto again = claim(noon + hours(1)).at(0);
  REQUIRE(put_off(again, std::nullopt));
  CHECK(standing(noon + hours(1)).failed == 1);
  CHECK(standing(noon + hours(1)).oldest_owed == noon + seconds(20));
  CHECK(told_deliveries > 0);
}

TEST_CASE_FIXTURE(Deliveries, "a message recorded and not to be sent is never claimed") {
  must([&](app::Ledger& ledger) -> Result<void> {
    app::Notification shadow;
    shadow.id = ledger.new_id();
    shadow.approval = approval;
    shadow.to = "a";
    shadow.state = NotificationState::cancelled;
    return ledger.add(shadow);
  });
  revise(noon);
  CHECK(claim(noon + hours(1)).empty());
  CHECK_FALSE(next(noon));
}

TEST_CASE_FIXTURE(Deliveries, "a button stands for the events its message showed") {
  const auto id = owed("a");
  const app::Button button{crypto::sha256("token"), id, approval, {Id{1}, Id{INT64_MAX}}, "a"};
  must([&](app::Ledger& ledger) { return ledger.add(button); });
  const auto found = get([&](app::Ledger& ledger) { return ledger.button(button.token_digest); });
  REQUIRE(found);
  CHECK(found->notification == id);
  CHECK(found->approval == approval);
  CHECK(found->events == button.events);
  CHECK(found->to == "a");
  CHECK_FALSE(get([&](app::Ledger& ledger) { return ledger.button(crypto::sha256("other")); }));
  CHECK_FALSE(get([&](app::Ledger& ledger) { return ledger.button(""); }));
}

TEST_CASE_FIXTURE(Deliveries, "buttons of approvals decided long ago are pruned, a bounded number at a time") {
  const auto prune = [&](Timestamp before, std::size_t most) {
    return get([&](app::Ledger& ledger) { return ledger.prune_buttons(before, most); });
  };
  const auto known = [&](const char* token) {
    return get([&](app::Ledger& ledger) { return ledger.button(crypto::sha256(token)); }).has_value();
  };
  const auto id = owed("a");
  for (const auto* token : {"1", "2", "3"})
    must([&](app::Ledger& ledger) { return ledger.add(app::Button{crypto::sha256(token), id, approval, {}, "a"}); });
  CHECK(prune(noon + hours(24), 10) == 0);  // it waits, however old
  auto full = view([&](app::View& view) { return view.approval(approval); });
  const auto created = full->approval.created_at;
  full->approval.state = core::ApprovalState::approved;
  must([&](app::Ledger& ledger) { return ledger.update(full->approval); });
  CHECK(prune(created, 10) == 0);
  CHECK(prune(created + seconds(1), 2) == 2);
  CHECK(static_cast<int>(known("1")) + known("2") + known("3") == 1);
  CHECK(prune(created + seconds(1), 2) == 1);
  CHECK_FALSE((known("1") || known("2") || known("3")));
}

TEST_CASE_FIXTURE(Deliveries, "a message about no approval is owed, claimed and read back with what it says") {
  app::Notification outage;
  outage.purpose = "outage";
  outage.to = "pager:mail";
  outage.detail = "Slack has not taken messages";
  outage.due_at = outage.created_at = noon;
  must([&](app::Ledger& ledger) {
    outage.id = ledger.new_id();
    return ledger.add(outage);
  });
  const auto claims = claim(noon);
  REQUIRE(claims.size() == 1);
  CHECK(claims[0].notification.id == outage.id);
  CHECK(claims[0].notification.detail == "Slack has not taken messages");
  CHECK_FALSE(claims[0].notification.approval);
  CHECK_FALSE(claims[0].approval.id);
  CHECK(claims[0].events.empty());
  CHECK(deliver(claims[0], noon));
  CHECK(claim(noon).empty());
}

TEST_CASE_FIXTURE(Deliveries, "the backlog is what people's chat has not taken: pagers and what is not due apart") {
  const auto backlog = [&](Timestamp now) { return get([&](app::Ledger& ledger) { return ledger.backlog(now); }); };
  CHECK(backlog(noon).waiting == 0);
  CHECK_FALSE(backlog(noon).since);
  owed("pager:mail", noon - seconds(60));
  const auto first = owed("oswaldo", noon);
  owed("security_channel", noon + seconds(1));
  owed("alice", noon + seconds(100));
  auto now = backlog(noon + seconds(1));
  CHECK(now.waiting == 2);
  CHECK(now.first == first);
  CHECK(now.since == noon);
  CHECK(now.error.empty());  // nothing was tried yet

  for (const auto& one : claim(noon + seconds(1)))
    if (one.notification.to == "oswaldo")
      CHECK(put_off(one, noon + seconds(9)));
    else
      CHECK(deliver(one, noon + seconds(2)));
  now = backlog(noon + seconds(2));
  CHECK(now.waiting == 1);
  CHECK(now.since == noon);
  CHECK(now.error == "slack is down");

  const auto taken = [&](Id from, Timestamp at) {
    return get([&](app::Ledger& ledger) { return ledger.taken_since(from, at); });
  };
  CHECK(taken(first, noon + seconds(2)));            // the channel's
  CHECK_FALSE(taken(first, noon + seconds(3)));      // no later one
  CHECK_FALSE(taken(Id{first.value + 1000}, noon));  // none that new
}

}  // namespace countersign::store
