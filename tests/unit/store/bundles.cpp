// Notifications that share a message: who comes together, stays together, and what becomes of them.
#include "unit/store/fixture.hpp"

namespace countersign::store {
namespace {

using app::NotificationState;

struct Bundles : Fixture {
  struct Asked {
    Id approval, notification;
  };
  Asked ask(const std::string& to, const std::string& purpose = "ask") {
    return get([&](app::Ledger& ledger) -> Result<Asked> {
      auto made = add_approval(ledger, to, noon);
      if (!made) return std::unexpected(made.error());
      app::Notification owed;
      owed.id = ledger.new_id();
      owed.approval = *made;
      owed.purpose = purpose;
      owed.to = to;
      owed.due_at = owed.created_at = noon;
      if (auto added = ledger.add(owed); !added) return std::unexpected(added.error());
      return Asked{*made, owed.id};
    });
  }
  std::vector<app::Claim> claim(Timestamp now) {
    clock.set(now);
    return get([&](app::Ledger& ledger) {
             return ledger.claim_due(now, "worker", minutes(1), 10, [this](std::string_view) { return room; });
           })
        .claims;
  }
  /// The ids of a claim and those that come with it.
  static std::vector<Id> ids(const app::Claim& claim) {
    std::vector<Id> out{claim.notification.id};
    for (const auto& other : claim.others)
      out.push_back(other.notification.id);
    return out;
  }
  void deliver(const app::Claim& claim, Timestamp at, const std::string& message = "17.5") {
    const auto one = [&](const app::Claim& part) {
      must([&](app::Ledger& ledger) {
        return ledger.delivered(part.notification.id, part.fence, part.notification.revision, at, "C1", message);
      });
    };
    one(claim);
    for (const auto& other : claim.others)
      one(other);
  }
  void put_off(const app::Claim& claim, Timestamp again) {
    const auto one = [&](const app::Claim& part) {
      must([&](app::Ledger& ledger) {
        return ledger.not_delivered(part.notification.id, part.fence, "slack is down", again);
      });
    };
    one(claim);
    for (const auto& other : claim.others)
      one(other);
  }
  app::Notification read(const Asked& asked) {
    return view([&](app::View& view) { return view.approval(asked.approval); })->notifications.at(0);
  }

  app::Room room{{}, 2, 3};
};

}  // namespace

TEST_CASE_FIXTURE(Bundles, "as many as there is room for go alone; a crowd comes together, in order") {
  const auto a = ask("a"), b = ask("a");
  auto claims = claim(noon);
  REQUIRE(claims.size() == 1);
  CHECK(ids(claims[0]) == std::vector{a.notification});
  deliver(claims[0], noon);

  const auto c = ask("a"), d = ask("a"), e = ask("a");
  claims = claim(noon);
  REQUIRE(claims.size() == 1);
  CHECK(ids(claims[0]) == std::vector{b.notification, c.notification, d.notification});
  for (const auto& part : claims[0].others)
    CHECK(part.notification.bundle == b.notification);
  CHECK(claims[0].notification.bundle == b.notification);
  CHECK(claim(noon).empty());  // the lane is under way
  deliver(claims[0], noon);
  for (const auto& one : {b, c, d}) {
    CHECK(read(one).state == NotificationState::sent);
    CHECK(read(one).remote_message == "17.5");
  }
  CHECK(ids(claim(noon).at(0)) == std::vector{e.notification});
}

TEST_CASE_FIXTURE(Bundles, "a target without room waits; another doesn't") {
  ask("a");
  room.from = noon + seconds(3);
  CHECK(claim(noon).empty());
  const auto none = get([&](app::Ledger& ledger) {
    return ledger.claim_due(noon, "worker", minutes(1), 10, [this](std::string_view) { return room; });
  });
  CHECK(none.claims.empty());
  CHECK(none.next == noon + seconds(3));
  CHECK(claim(noon + seconds(3)).size() == 1);
}

TEST_CASE_FIXTURE(Bundles, "a page, and what was tried alone, stay alone and keep their place") {
  room.messages = 1;
  const auto tried = ask("a");
  put_off(claim(noon).at(0), noon + seconds(1));
  const auto b = ask("a"), c = ask("a"), page = ask("a", "page"), d = ask("a");
  const auto next = [&](const app::Claim& before) {
    deliver(before, noon + seconds(1));
    return claim(noon + seconds(1)).at(0);
  };
  auto now = claim(noon + seconds(1)).at(0);
  CHECK(ids(now) == std::vector{tried.notification});
  now = next(now);
  CHECK(ids(now) == std::vector{b.notification, c.notification});
  now = next(now);
  CHECK(ids(now) == std::vector{page.notification});
  now = next(now);
  CHECK(ids(now) == std::vector{d.notification});
}

TEST_CASE_FIXTURE(Bundles, "receipts come together, and not with questions") {
  room.messages = 1;
  const auto a = ask("a", "receipt"), b = ask("a", "receipt"), c = ask("a"), d = ask("a"), e = ask("a", "receipt");
  const auto next = [&](const app::Claim& before) {
    deliver(before, noon);
    return claim(noon).at(0);
  };
  auto now = claim(noon).at(0);
  CHECK(ids(now) == std::vector{a.notification, b.notification});
  now = next(now);
  CHECK(ids(now) == std::vector{c.notification, d.notification});
  now = next(now);
  CHECK(ids(now) == std::vector{e.notification});
}

TEST_CASE_FIXTURE(Bundles, "a retry brings the same ones, less those cancelled meanwhile, whatever waits behind") {
  const auto a = ask("a"), b = ask("a"), c = ask("a");
  put_off(claim(noon).at(0), noon + seconds(1));
  ask("a");
  CHECK(claim(noon).empty());
  must([&](app::Ledger& ledger) { return ledger.revise_messages(a.approval, noon, true); });
  const auto again = claim(noon + seconds(1)).at(0);
  CHECK(ids(again) == std::vector{b.notification, c.notification});
  CHECK(again.notification.bundle == a.notification);
  CHECK(again.fence == 2);
  CHECK(read(a).state == NotificationState::cancelled);
}

TEST_CASE_FIXTURE(Bundles, "an edit for one shows all; the others' state stays theirs") {
  const auto a = ask("a"), b = ask("a"), c = ask("a");
  deliver(claim(noon).at(0), noon);
  CHECK(claim(noon + hours(1)).empty());
  must([&](app::Ledger& ledger) { return ledger.revise_messages(b.approval, noon + hours(1), true); });
  auto edit = claim(noon + hours(1)).at(0);
  CHECK(ids(edit) == std::vector{a.notification, b.notification, c.notification});
  put_off(edit, noon + hours(2));
  CHECK(read(b).error == "slack is down");
  CHECK(read(a).error.empty());
  CHECK(read(a).failures == 0);
  CHECK(read(a).state == NotificationState::sent);
  edit = claim(noon + hours(2)).at(0);
  deliver(edit, noon + hours(2));
  CHECK(read(b).shown == 2);
  CHECK(claim(noon + hours(3)).empty());
}

TEST_CASE_FIXTURE(Bundles, "what has a thread goes there, one by one; what has none yet shares a message") {
  const auto again = [&](const Asked& asked) {
    return get([&](app::Ledger& ledger) { return owe(ledger, asked.approval, "a", noon, "repeat"); });
  };
  const auto a = ask("a"), b = ask("a"), c = ask("a");
  deliver(claim(noon).at(0), noon);  // together, but it stands: that is their thread's root
  const auto a2 = again(a), b2 = again(b);
  const auto d = ask("a"), e = ask("a");
  const auto c2 = again(c);
  for (const auto& group : {std::vector{a2}, {b2}, {d.notification, e.notification}, {c2}}) {
    const auto next = claim(noon).at(0);
    CHECK(ids(next) == group);
    deliver(next, noon, to_text(group[0]));
  }
}

TEST_CASE_FIXTURE(Bundles, "parted, each goes on its own and is never gathered again") {
  const auto a = ask("a"), b = ask("a"), c = ask("a");
  const auto first = claim(noon).at(0);
  put_off(first, noon);
  must([&](app::Ledger& ledger) { return ledger.part(first.notification.bundle); });
  for (const auto& one : {a, b, c}) {
    const auto alone = claim(noon).at(0);
    CHECK(ids(alone) == std::vector{one.notification});
    deliver(alone, noon, to_text(one.notification));
  }
}

}  // namespace countersign::store
