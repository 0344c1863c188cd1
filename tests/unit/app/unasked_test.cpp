// What a source that asks nobody brought first is asked about when one that asks tells of it, and once.
#include "app/feed.hpp"
#include "core/rules/reading.hpp"
#include "tests/unit/app/house.hpp"

using namespace countersign;
using namespace countersign::test;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

/// Who may tell of a login.
struct Witness {
  std::string name;
  bool asks;
  std::string source, id, witness = "log";
  bool whole = false;  // an event, and not a line
};

const std::vector<Witness> witnesses{
    {"backfill", false, "papertrail", "1"},  // of the webhook's own messages
    {"ingest", false, "by-hand", ""},
    {"webhook", true, "papertrail", "1"},
    {"tail", true, "auth", ""},
    {"kernel agent", true, "agent:bastion", "k-1", "kernel", true},
    {"api token", true, "deployer", "p-1", "api", true},
};

app::Source source_of(const Witness& witness) {
  app::Source source;
  source.name = witness.source;
  source.witness = witness.witness;
  source.ask = source.live = witness.asks;
  return source;
}

core::Event event_of(const core::Record& line) {
  auto read = core::read(small_engine(), line, *line.time);
  auto event = std::move(read.event);
  event.rule.clear();
  return event;
}

void tell(House& house, const Witness& witness, core::Record line) {
  line.provider_id = witness.id;
  std::promise<Result<void>> told;
  if (witness.whole) {
    house.ingest->event(source_of(witness), {event_of(line), witness.id, line.message},
                        [&](auto accepted) { told.set_value(accepted ? Result<void>() : fail(Fault::internal, "")); });
  } else {
    app::Decoded decoded;
    decoded.records.push_back(std::move(line));
    house.ingest->messages(source_of(witness), std::move(decoded),
                           [&](auto tally) { told.set_value(tally ? Result<void>() : fail(Fault::internal, "")); });
  }
  REQUIRE(told.get_future().get());
  house.settle();
}

const Witness &backfill = witnesses[0], &by_hand = witnesses[1], &webhook = witnesses[2], &tail = witnesses[3],
              &kernel = witnesses[4];

}  // namespace

TEST_CASE("whoever tells of a login first and second: its person is asked once, as soon as somebody tells who asks") {
  const Witness third{"syslog", true, "syslog", "", "log", false};
  for (const auto& first : witnesses)
    for (const auto& second : witnesses) {
      CAPTURE(first.name);
      CAPTURE(second.name);
      House house;
      const auto line = login(house.clock, "", "alice");
      std::set<std::string> sightings;
      bool asked = false;
      for (const auto* one : {&first, &second, &third}) {
        tell(house, *one, line);
        house.clock.advance(seconds(61));  // each on its own, as far as bursts go
        asked |= one->asks;
        sightings.insert(one->source);
        REQUIRE(house.events().size() == 1);
        REQUIRE(house.approvals().size() == (asked ? 1 : 0));
        CHECK(house.chat.count("Alice", "ask") == (asked ? 1 : 0));
      }
      const auto event = house.read([&](app::View& view) { return view.event(house.events()[0].stored.id); });
      CHECK(event.sightings.size() == sightings.size());
      CHECK(event.news == "first time from this network, with this key, on this host");
    }
}

TEST_CASE("it is the asking source's account that is asked about, and not the one that was there before") {
  const struct {
    std::string name, forged_key, true_key;
    core::ApprovalState state;
    const char *person, *to;
  } table[] = {
      {"a key that its policy expects", "SHA256:ci", "SHA256:stolen", core::ApprovalState::pending, "",
       "security_channel"},
      {"somebody else's key", "SHA256:alice", "SHA256:ci", core::ApprovalState::expected, "", "security_channel"},
      {"a key, and none was used", "SHA256:ci", "", core::ApprovalState::pending, "", "security_channel"},
      {"nothing of the key", "", "SHA256:alice", core::ApprovalState::pending, "Alice", "Alice"},
  };
  for (const auto& row : table) {
    CAPTURE(row.name);
    House house;
    auto forged = login(house.clock, "", "deploy", 50001, row.forged_key);
    forged.time = *forged.time - seconds(20);
    tell(house, by_hand, forged);
    tell(house, tail, login(house.clock, "", "deploy", 50001, row.true_key));
    auto approvals = house.approvals();
    const auto questions = std::ranges::partition(
        approvals, [](const app::FullApproval& full) { return full.approval.kind != "finding"; });
    CHECK(questions.size() == 1);  // that they differ is a finding
    REQUIRE(approvals.size() == 2);
    CHECK(approvals[0].approval.state == row.state);
    CHECK(approvals[0].approval.person == row.person);
    CHECK(approvals[0].approval.addressed_to == row.to);
    REQUIRE(approvals[0].events.size() == 1);
    const auto& stored = approvals[0].events[0];
    if (!row.true_key.empty()) CHECK(stored.event.key == row.true_key);
    CHECK(stored.event.time == *forged.time);  // as it stands in roots and seals
    REQUIRE(stored.sightings.size() == 2);     // each says what it said
    REQUIRE(stored.sightings[0].account);
    CHECK(stored.sightings[0].account->key == row.forged_key);
    REQUIRE(stored.sightings[1].account);
    CHECK(stored.sightings[1].account->key == row.true_key);
  }
}

TEST_CASE("asked late: too old goes to the digest, within the window it joins, what asks nothing stays") {
  House house;
  SUBCASE("too old") {
    auto old = login(house.clock, "", "alice");
    old.time = *old.time - hours(25);
    tell(house, backfill, old);
    CHECK(house.approvals().empty());
    tell(house, webhook, old);
    REQUIRE(house.approvals().size() == 1);
    CHECK(house.approvals()[0].approval.kind == "late");
    CHECK(house.chat.count("security_channel", "digest") == 1);
    CHECK(house.chat.count("Alice", "ask") == 0);
  }
  SUBCASE("a burst") {
    const auto line = login(house.clock, "", "alice", 1);
    tell(house, backfill, line);
    house.post(login(house.clock, "2", "alice", 2));
    house.pass(seconds(30));
    tell(house, webhook, line);
    const auto approvals = house.approvals();
    REQUIRE(approvals.size() == 1);
    CHECK(approvals[0].events.size() == 2);
    CHECK(house.chat.count("Alice", "ask") == 1);
    house.pass(seconds(2));
    CHECK(house.chat.delivered.back().events.size() == 2);  // the message was edited in place
  }
  SUBCASE("a failure") {
    auto failed = login(house.clock, "", "alice");
    failed.message = "Failed password for alice from 203.0.113.7 port 50001 ssh2";
    tell(house, backfill, failed);
    tell(house, webhook, failed);
    CHECK(house.approvals().empty());
    CHECK(house.events().size() == 1);
  }
  SUBCASE("over a restart") {
    const auto line = login(house.clock, "", "alice");
    tell(house, by_hand, line);
    house.restart();
    tell(house, kernel, line);
    house.restart();
    tell(house, webhook, line);
    CHECK(house.approvals().size() == 1);
    CHECK(house.chat.count("Alice", "ask") == 1);
  }
}

TEST_CASE("asked late: the feed has it where it was asked, also for who read past it before") {
  House house;
  const auto line = login(house.clock, "", "alice");
  tell(house, by_hand, line);
  house.post(login(house.clock, "7", "bob", 7, ""));
  const auto end = house.read([](app::View& view) { return view.feed_end(); });
  tell(house, webhook, line);
  const auto page = house.read([&](app::View& view) { return app::read_feed(view, {.cursor = end}); });
  REQUIRE(page.rows.size() == 1);
  REQUIRE(page.rows[0].entry.events.size() == 1);
  CHECK(page.rows[0].entry.events[0].event.user == "alice");
  CHECK(house.read([&](app::View& view) { return app::read_feed(view, {}); }).rows.size() == 2);
  const auto later = house.read([](app::View& view) { return view.feed_end(); });
  CHECK(house.read([&](app::View& view) { return app::read_feed(view, {.cursor = later}); }).rows.empty());
}
