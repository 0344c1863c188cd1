// Sealed spans: fixed once, when they are over and nothing waits; what comes later amends them.
#include "app/seal.hpp"

#include "app/compose_report.hpp"
#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "unit/app/house.hpp"

namespace countersign::test {
namespace {

using std::chrono::hours, std::chrono::minutes, std::chrono::seconds;

class Sealed : public House {
 public:
  Sealed()
      : sealing(*store, *policy, clock, [](const app::Report& report, app::ReportLists&) {
          return app::SealedForms{{"json", fmt::format("{{\"logins\":{}}}", report.summary.logins)},
                                  {"text", "text\n"}};
        }) {}

  Result<app::Seal> seal(bool force = false) {
    std::promise<Result<app::Seal>> answered;
    sealing.seal({from, to, force, "auditor"}, [&](Result<app::Seal> seal) { answered.set_value(std::move(seal)); });
    return answered.get_future().get();
  }
  app::Amendments since(const app::Seal& seal) {
    return read([&](app::View& view) { return view.amendments(seal); });
  }

  /// A report of before sealed ones said which kinds of logins they counted.
  app::Seal sealed_once() {
    app::Seal seal{{}, from, to, clock.now(), "auditor", 0, {}, 0, std::string(32, 'd')};
    work([&](app::Ledger& ledger) {
      seal.id = ledger.new_id();
      const app::SealedForms forms{{"json", R"({"logins":1})"}};
      if (auto added = ledger.add(seal, forms); !added) return added;
      return ledger.audit(seal.as_of, "seal", "auditor", fmt::format(R"({{"id":"{}"}})", to_text(seal.id)));
    });
    return seal;
  }

  app::Sealing sealing;
  const Timestamp from = clock.now() - hours(1), to = clock.now() + hours(1);
};

}  // namespace

TEST_CASE("a span is sealed once it is over, once, with its document and a row of the chain") {
  Sealed house;
  house.post(login(house.clock, "1", "alice"));
  auto early = house.seal();
  REQUIRE_FALSE(early);
  CHECK(early.error().fault == Fault::invalid);
  CHECK(early.error().message.find("it ends at 2026-11-20T13:00:00Z") != std::string::npos);

  house.clock.advance(hours(2));
  const auto entries = static_cast<std::int64_t>(house.audit().size());
  const auto seal = house.seal();
  REQUIRE(seal);
  CHECK(seal->digest == crypto::sha256(R"({"logins":1})"));
  CHECK(seal->entries == entries);
  const auto row = house.audit().back();
  CHECK(row.kind == "seal");
  CHECK(row.actor == "auditor");
  CHECK(row.detail.find(to_hex(seal->digest)) != std::string::npos);
  CHECK(house.read([&](app::View& view) { return view.sealed_form(seal->id, "json"); }) == R"({"logins":1})");
  CHECK(house.read([&](app::View& view) { return view.sealed_form(seal->id, "html"); }) == std::nullopt);

  house.clock.advance(hours(1));
  const auto again = house.seal();
  REQUIRE_FALSE(again);
  CHECK(again.error().fault == Fault::conflict);
  CHECK(again.error().message.find("was sealed by auditor at 2026-11-20T14:00:00Z") != std::string::npos);
  CHECK(house.audit().back().detail == row.detail);
  CHECK(house.read([](app::View& view) { return view.seals(); }).size() == 1);
  CHECK(house.read([&](app::View& view) { return view.seal(house.from, house.to); })->id == seal->id);
  CHECK_FALSE(house.read([&](app::View& view) { return view.seal(house.from, house.to + seconds(1)); }));
}

TEST_CASE("while logins wait it is refused and says how many, but for force") {
  Sealed house;
  house.work([](app::Ledger& ledger) { return ledger.expect_agents({"bastion"}); });
  house.work([&](app::Ledger& ledger) {
    return ledger.cover("bastion", "kernel", house.clock.now() - hours(2), house.clock.now());
  });
  house.post(login(house.clock, "1", "alice"));
  house.clock.advance(hours(2));
  const auto waiting = house.seal();
  REQUIRE_FALSE(waiting);
  CHECK(waiting.error().fault == Fault::conflict);
  CHECK(waiting.error().message.starts_with("one login still waits"));
  const auto forced = house.seal(true);
  REQUIRE(forced);
  CHECK(forced->waiting == 1);
}

TEST_CASE("late lines, late logins, changed verdicts and decisions amend it, and are counted apart") {
  Sealed house;
  house.work([](app::Ledger& ledger) { return ledger.expect_agents({"bastion"}); });
  house.work([&](app::Ledger& ledger) {
    return ledger.cover("bastion", "kernel", house.clock.now() - hours(2), house.clock.now());
  });
  const auto line = login(house.clock, "1", "alice");
  house.post(line);
  house.clock.advance(hours(2));
  house.settle();
  house.clock.advance(seconds(1));  // what is judged in the instant of sealing counts as later
  const auto seal = house.seal(true);
  REQUIRE(seal);
  CHECK(house.since(*seal).none());
  house.clock.advance(seconds(5));

  house.post(line, "loki");  // another source tells of the same login
  auto late = login(house.clock, "7", "bob", 50007);
  late.time = *line.time;
  house.post(late);
  core::Event seen = house.events().back().stored.event;
  seen.time = *line.time;
  house.see(seen, "k1");
  house.pass(minutes(10), minutes(1));
  const auto pending = house.approvals();
  REQUIRE(pending.size() >= 2);
  REQUIRE(house.say(pending.back().approval.id, says(core::Act::approve, "Alice")));
  const auto since = house.since(*seal);
  CHECK(since.late_lines == 3);
  CHECK(since.late_logins == 1);
  CHECK(since.changed_verdicts == 1);
  REQUIRE(since.changed.size() == 1);
  CHECK(since.changed[0].verdict == "matched");
  CHECK(since.decisions == 1);
  CHECK(house.read([&](app::View& view) { return view.sealed_form(seal->id, "json"); }) == R"({"logins":1})");
}

TEST_CASE("sign-ins are logins of the report; of one sealed before they were, they are amendments") {
  Sealed house;
  house.post(login(house.clock, "1", "alice"));
  core::Event signin;
  signin.time = house.clock.now();
  signin.action = "signin";
  signin.outcome = "success";
  signin.user = "alice@example.com";
  house.posted(signin, "api", "s1");
  signin.outcome = "failure";
  house.posted(signin, "api", "s2");
  const auto report = house.read([&](app::View& view) {
    return app::compose_report(view, small_directory(), house.from, house.to, house.clock.now());
  });
  CHECK(report.summary.logins == 2);
  CHECK(report.summary.not_applicable == 1);

  house.clock.advance(hours(2));
  SUBCASE("sealed now") {
    const auto seal = house.seal();
    REQUIRE(seal);
    CHECK(house.read([&](app::View& view) { return view.sealed_form(seal->id, "json"); }) == R"({"logins":2})");
    house.clock.advance(seconds(1));
    CHECK(house.since(*seal).none());
  }
  SUBCASE("sealed once") {
    const auto seal = house.sealed_once();
    house.clock.advance(seconds(1));
    house.posted(signin, "api", "s3");  // a failure, and late
    signin.outcome = "success";
    signin.user = "bob@example.com";
    house.posted(signin, "api", "s4");
    const auto since = house.since(seal);
    CHECK(since.uncounted == 1);
    CHECK(since.late_logins == 1);
  }
}

}  // namespace countersign::test
