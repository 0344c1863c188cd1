// The daily root: one row a day over all that arrived on it, whatever was missed, and owed to those who keep it.
#include "app/daily_root.hpp"

#include <nlohmann/json.hpp>

#include "app/sighting_record.hpp"
#include "base/encoding.hpp"
#include "core/merkle.hpp"
#include "unit/app/house.hpp"

namespace countersign::test {
namespace {

using std::chrono::hours, std::chrono::seconds;

app::Rounds::Round look(House& house) {
  return house.read(
      [&](app::View& view) { return app::root_of_day(view, *house.policy->current(), house.clock.now()); });
}

Timestamp write(House& house, const app::Rounds::Round& round) {
  Timestamp next;
  house.work([&](app::Ledger& ledger) -> Result<void> {
    const auto due = round(ledger, *house.policy->current(), house.clock.now());
    if (!due) return std::unexpected(due.error());
    next = *due;
    return {};
  });
  return next;
}

/// Rounds until none is due now; when the next one is.
Timestamp catch_up(House& house) {
  auto next = house.clock.now();
  for (int rounds = 0; next <= house.clock.now(); ++rounds) {
    REQUIRE(rounds < 1000);
    next = write(house, look(house));
  }
  return next;
}

struct Root {
  std::string date, root;
  std::int64_t count = 0;
  bool operator==(const Root&) const = default;
};

std::vector<Root> roots(House& house) {
  std::vector<Root> found;
  for (const auto& entry : house.audit()) {
    if (entry.kind != "root") continue;
    const auto detail = nlohmann::json::parse(entry.detail);
    found.push_back({detail["date"], detail["root"], detail["count"]});
  }
  return found;
}

/// As an auditor makes it: of the records that are there now.
std::string remade(House& house, std::string_view date) {
  const auto day = *parse_rfc3339(std::string(date) + "T00:00:00Z");
  core::MerkleTree tree;
  const auto taken = house.read(
      [&](app::View& view) { return view.taken(Id{first_id(day).value - 1}, first_id(day + hours(24)), 1'000'000); });
  for (const auto& one : taken)
    tree.add(app::record_of(one));
  return to_hex(tree.root());
}

void post_login(House& house, int port) {
  house.post(login(house.clock, std::to_string(port), "alice", port));
}

}  // namespace

TEST_CASE("a day has its root after midnight, over what arrived on it, and no sooner") {
  House house;
  CHECK(catch_up(house) == *parse_rfc3339("2026-11-21T00:00:05Z"));
  post_login(house, 1);
  post_login(house, 2);
  CHECK(catch_up(house) == *parse_rfc3339("2026-11-21T00:00:05Z"));
  CHECK(roots(house).empty());
  house.clock.advance(hours(12) + seconds(6));
  post_login(house, 3);
  CHECK(catch_up(house) == *parse_rfc3339("2026-11-22T00:00:05Z"));
  CHECK(roots(house) == std::vector<Root>{{"2026-11-20", remade(house, "2026-11-20"), 2}});
  house.clock.advance(hours(24));
  catch_up(house);
  catch_up(house);
  REQUIRE(roots(house).size() == 2);
  CHECK(roots(house)[1] == Root{"2026-11-21", remade(house, "2026-11-21"), 1});
}

TEST_CASE("days that were missed are caught up with, those without a sighting too") {
  House house;
  post_login(house, 1);
  house.clock.advance(hours(24 * 5));
  house.restart();
  catch_up(house);
  const auto found = roots(house);
  REQUIRE(found.size() == 5);
  CHECK(found[0].count == 1);
  CHECK(found[4].date == "2026-11-24");
  CHECK(found[4].root == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");  // of nothing
}

TEST_CASE("a day of many is hashed in pieces, over restarts, to the same root") {
  House house;
  post_login(house, 1);
  const auto event = house.events().front().stored.id;
  house.work([&](app::Ledger& ledger) -> Result<void> {
    for (int i = 0; i < 12'000; ++i) {
      app::Sighting sighting;
      sighting.event = event;
      sighting.source = "papertrail";
      sighting.provider_id = std::to_string(i);
      sighting.digest = std::string(16, 'd');
      sighting.time = sighting.received_at = house.clock.now();
      if (auto added = ledger.add(sighting); !added) return added;
    }
    return {};
  });
  house.clock.advance(hours(13));
  for (int piece = 0; piece < 2; ++piece) {
    CHECK(write(house, look(house)) == house.clock.now());
    CHECK(roots(house).empty());
    house.restart();
  }
  catch_up(house);
  CHECK(roots(house) == std::vector<Root>{{"2026-11-20", remade(house, "2026-11-20"), 12'001}});
}

TEST_CASE("a day begun by an older version is ended as it began, and the next is hashed as today") {
  House house;
  post_login(house, 1);
  post_login(house, 2);
  const auto both =
      house.read([&](app::View& view) { return view.taken(Id{}, first_id(house.clock.now() + hours(1)), 9); });
  REQUIRE(both.size() == 2);
  core::MerkleTree begun;
  begun.add(app::record_of(both[0], 1));
  const auto day = std::chrono::floor<std::chrono::days>(house.clock.now()).time_since_epoch().count();
  house.work([&](app::Ledger& ledger) {
    return ledger.set_mark("audit.root", fmt::format("{} {} {}", day, both[0].id.value, begun.state()));
  });
  house.clock.advance(hours(13));
  post_login(house, 3);
  house.clock.advance(hours(24));
  catch_up(house);
  begun.add(app::record_of(both[1], 1));
  const auto found = roots(house);
  REQUIRE(found.size() == 2);
  CHECK(found[0] == Root{"2026-11-20", to_hex(begun.root()), 2});
  CHECK(found[1] == Root{"2026-11-21", remade(house, "2026-11-21"), 1});
  CHECK(house.read([](app::View& view) { return app::next_root(view); }) == "2026-11-22");
}

TEST_CASE("what a slow commit brings after the look is hashed as well") {
  House house;
  post_login(house, 1);
  house.clock.advance(hours(12) + seconds(6));
  const auto looked = look(house);
  house.clock.advance(-seconds(10));  // its id is of the day before
  post_login(house, 2);
  house.clock.advance(seconds(10));
  CHECK(write(house, looked) == house.clock.now());
  CHECK(roots(house).empty());
  catch_up(house);
  CHECK(roots(house) == std::vector<Root>{{"2026-11-20", remade(house, "2026-11-20"), 2}});
}

TEST_CASE("a sighting's record stays what it was when its event learns more") {
  House house;
  const auto line = login(house.clock, "1", "alice");
  core::Event bare;
  bare.time = house.clock.now();
  bare.host = "bastion";
  bare.user = "alice";
  bare.address = "203.0.113.7";
  bare.port = 50001;
  bare.pid = 4243;
  house.see(bare, "k1");
  const auto before = remade(house, "2026-11-20");
  house.clock.advance(hours(13));
  catch_up(house);
  house.post(line);
  REQUIRE(house.events().size() == 1);
  CHECK(house.events().front().stored.event.key == "SHA256:alice");
  CHECK(remade(house, "2026-11-20") == before);
  CHECK(roots(house)[0].root == before);
}

TEST_CASE("a day's root holds when a login of it is asked about at last, by another's stamp") {
  House house;
  auto line = login(house.clock, "1", "alice");
  app::Source asks_nobody;
  asks_nobody.name = "old";
  asks_nobody.ask = asks_nobody.live = false;
  app::Decoded decoded;
  decoded.records.push_back(line);
  std::promise<bool> told;
  house.ingest->messages(asks_nobody, std::move(decoded),
                         [&](const Result<app::Tally>& tally) { told.set_value(tally.has_value()); });
  REQUIRE(told.get_future().get());
  house.settle();
  const auto before = remade(house, "2026-11-20");
  house.clock.advance(hours(13));
  catch_up(house);
  CHECK(house.approvals().empty());
  line.time = *line.time + seconds(2);
  house.post(line);
  CHECK(house.approvals().size() == 1);
  REQUIRE(house.events().size() == 1);
  CHECK(remade(house, "2026-11-20") == before);
  CHECK(roots(house)[0].root == before);
}

TEST_CASE("the head after the day's row is owed to each that keeps it, also in shadow mode") {
  House house;
  house.schedule.publishers = {"audit.file", "audit.webhook"};
  house.schedule.shadow = true;
  house.apply_schedule();
  post_login(house, 1);
  house.clock.advance(hours(24 * 2));
  catch_up(house);
  std::vector<nlohmann::json> file;
  for (const auto& message : house.chat.delivered)
    if (message.notification.purpose == "head" && message.recipient == "pager:audit.file")
      file.push_back(nlohmann::json::parse(message.notification.detail));
  REQUIRE(file.size() == 2);
  CHECK(file[0]["date"] == "2026-11-20");
  CHECK(file[0]["sightings"] == 1);
  std::vector<std::string> hashes;
  for (const auto& entry : house.audit())
    if (entry.kind == "root") hashes.push_back(to_hex(entry.hash));
  CHECK(file[0]["head"] == hashes[0]);
  CHECK(file[1]["head"] == hashes[1]);
  CHECK(file[1]["entries"] == house.audit().size());
  CHECK(house.chat.count("pager:audit.webhook", "head") == 2);
}

TEST_CASE("a head that is not taken is tried again, counted and shown; nobody else hears of it") {
  House house;
  house.schedule.publishers = {"audit.file"};
  house.apply_schedule();
  post_login(house, 1);
  house.clock.advance(hours(13));
  house.chat.refuses["pager:audit.file"] = {app::Undelivered::Kind::retry, "no space left", {}};
  catch_up(house);
  const auto standing = [&] { return house.read([&](app::View& view) { return view.standing(house.clock.now()); }); };
  REQUIRE(standing().unpublished.size() == 1);
  CHECK(standing().unpublished[0].by == "audit.file");
  CHECK(standing().unpublished[0].error == "no space left");
  CHECK(std::ranges::any_of(standing().counters, [](const auto& counter) {
    return counter.first == "audit.head_not_taken" && counter.second >= 1;
  }));
  house.chat.refuses.clear();
  house.pass(std::chrono::minutes(2));
  CHECK(standing().unpublished.empty());
  CHECK(house.chat.count("security_channel", "head") == 0);
}

TEST_CASE("rounds that survey first write what they saw, and come again by themselves") {
  House house;
  post_login(house, 1);
  house.clock.advance(hours(24 * 3));
  app::Rounds rounds(*house.store, *house.scheduler, house.clock, *house.policy, app::Rounds::Survey(app::root_of_day));
  rounds.start();
  const auto deadline = std::chrono::steady_clock::now() + seconds(10);
  while (roots(house).size() < 3 && std::chrono::steady_clock::now() < deadline)
    house.settle();
  CHECK(roots(house).size() == 3);
  rounds.stop();
  house.settle();
}

}  // namespace countersign::test
