#include "app/feed.hpp"

#include <nlohmann/json.hpp>

#include "tests/unit/app/house.hpp"

using namespace countersign;
using namespace countersign::test;
using app::FeedKind;
using core::Act;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

app::FeedPage feed(House& house, app::FeedFilter filter = {}) {
  return house.read([&](app::View& view) { return app::read_feed(view, filter); });
}

/// "kind change user:port state", oldest first.
std::vector<std::string> lines(const app::FeedPage& page) {
  std::vector<std::string> out;
  for (const auto& [entry, cursor] : page.rows) {
    std::string events;
    for (const auto& each : entry.events)
      events += fmt::format(" {}:{}", each.event.user, each.event.port.value_or(0));
    out.push_back(fmt::format("{} {}{} {}", app::to_text(entry.kind), entry.change, events,
                              entry.approval ? core::to_text(entry.state) : "-"));
  }
  return out;
}

Id approval_of(House& house, int port) {
  for (const auto& full : house.approvals())
    for (const auto& each : full.events)
      if (each.event.port == port) return full.approval.id;
  return {};
}

core::Word revise(std::string name) {
  return says(Act::revise, std::move(name), true, "looked again");
}

/// A day of every change there is.
void fill(House& house) {
  house.post(login(house.clock, "1", "alice", 1));
  house.post(login(house.clock, "2", "deploy", 2, "SHA256:other"));  // off nobody's policy: the channel
  REQUIRE(house.say(approval_of(house, 1), says(Act::approve, "Alice")));
  house.post(login(house.clock, "3", "bob", 3, ""));
  REQUIRE(house.say(approval_of(house, 3), says(Act::wrong_person, "Bob")));
  REQUIRE(house.say(approval_of(house, 3), says(Act::deny, "Alice", true)));
  REQUIRE(house.say(approval_of(house, 1), revise("Bob")));
  auto same_id = login(house.clock, "1", "alice", 4);
  house.post(same_id);  // the provider's id with other content: a finding
}

const std::vector<std::string> whole{
    "pending pending alice:1 pending",  "pending pending deploy:2 pending",     "decisions approved alice:1 approved",
    "pending pending bob:3 pending",    "decisions wrong_person bob:3 pending", "decisions denied bob:3 denied",
    "decisions revised alice:1 denied", "findings pending alice:4 pending",
};

}  // namespace

TEST_CASE("every change of an approval is in the feed, oldest first") {
  House house;
  CHECK(feed(house).rows.empty());
  CHECK_FALSE(feed(house).more);
  fill(house);
  CHECK(lines(feed(house)) == whole);
  CHECK(lines(feed(house, {.kinds = {FeedKind::findings}})) == std::vector<std::string>{whole[7]});
  CHECK(lines(feed(house, {.kinds = {FeedKind::pending, FeedKind::findings}})).size() == 4);
}

TEST_CASE("reading on from any cursor, by any number, misses nothing and repeats nothing") {
  House house;
  fill(house);
  for (const auto limit : {1U, 2U, 3U, 5U, 8U, 100U}) {
    CAPTURE(limit);
    std::vector<std::string> all;
    std::string cursor;
    for (bool more = true; more;) {
      const auto page = feed(house, {.cursor = cursor, .limit = limit});
      for (auto& line : lines(page))
        all.push_back(std::move(line));
      cursor = page.cursor;
      more = page.more;
    }
    CHECK(all == whole);
    CHECK(feed(house, {.cursor = cursor}).rows.empty());
    CHECK(feed(house, {.cursor = cursor}).cursor == cursor);
  }
  // A filter moves the cursor past what it leaves out.
  const auto findings = feed(house, {.limit = 3, .kinds = {FeedKind::findings}});
  CHECK(findings.rows.empty());
  CHECK(findings.more);
  CHECK(lines(feed(house, {.cursor = findings.cursor, .limit = 1}))[0] == whole[3]);
  // What comes later is met from where one stood, also by who was at the end.
  const auto end = house.read([](app::View& view) { return view.feed_end(); });
  house.restart();
  house.clock.advance(minutes(10));
  house.post(login(house.clock, "9", "bob", 9, ""));
  CHECK(lines(feed(house, {.cursor = end})) == std::vector<std::string>{"pending pending bob:9 pending"});
}

TEST_CASE("a cursor that can't be this store's is refused with the reason") {
  House house;
  fill(house);
  const auto end = house.read([](app::View& view) { return view.feed_end(); });
  auto other = end, ahead = end;
  other[5] = end[5] == 'A' ? 'B' : 'A';      // of the store's mark
  ahead[13] = ahead[13] == 'A' ? 'B' : '_';  // of the id's high bytes
  const std::pair<std::string, std::string_view> table[] = {{"nonsense", "not a cursor of the feed"},
                                                            {end.substr(1), "not a cursor of the feed"},
                                                            {"bGF0ZXN0", "not a cursor of the feed"},
                                                            {other, "another store's"},
                                                            {ahead, "ahead of the store"}};
  for (const auto& [cursor, why] : table) {
    CAPTURE(cursor);
    std::promise<Result<app::FeedPage>> answered;
    REQUIRE(house.store->read(
        [&, text = cursor](app::View& view) { answered.set_value(app::read_feed(view, {.cursor = text})); }));
    const auto page = answered.get_future().get();
    REQUIRE_FALSE(page);
    CHECK(page.error().fault == Fault::invalid);
    CHECK(page.error().message.find(why) != std::string::npos);
  }
}

TEST_CASE("an entry's shape: the change, who and why, and events by flat ECS with their providers' ids") {
  House house;
  house.post(login(house.clock, "42", "alice", 51234));
  REQUIRE(house.say(approval_of(house, 51234), says(Act::deny, "Alice", false, "not me")));
  const auto page = feed(house);
  REQUIRE(page.rows.size() == 2);
  const auto asked = app::feed_json(page.rows[0].entry), denied = app::feed_json(page.rows[1].entry);
  CHECK(asked["change"] == "pending");
  CHECK(asked["approval"]["state"] == "pending");  // what the change made of it, whatever came later
  CHECK_FALSE(asked.contains("decision"));
  CHECK(denied["id"] > asked["id"]);
  CHECK(denied["approval"]["id"] == asked["approval"]["id"]);
  CHECK(denied["approval"]["person"] == "Alice");
  CHECK(denied["decision"]["by"] == "Alice");
  CHECK(denied["decision"]["reason"] == "not me");
  CHECK(denied["decision"]["events_became"] == "denied");
  const auto& event = denied["events"][0];
  CHECK(event["host.name"] == "bastion");
  CHECK(event["user.name"] == "alice");
  CHECK(event["source.ip"] == "203.0.113.7");
  CHECK(event["source.port"] == 51234);
  CHECK(event["process.pid"] == 4243);
  CHECK(event["@timestamp"] == "2026-11-20T12:00:00Z");
  CHECK(event["sightings"][0]["provider_id"] == "42");
  CHECK(event["sightings"][0]["source"] == "papertrail");
  CHECK(event["sightings"][0]["class"] == "log");
}
