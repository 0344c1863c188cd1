#include "unit/store/fixture.hpp"

namespace countersign::store {

TEST_CASE_FIXTURE(Fixture, "an event comes back as it went in, every field of it") {
  auto event = login("oswaldo", noon);
  event.count = 3;
  event.certificate = "alice@example.com";
  event.serial = "18446744073709551615";
  event.authority = "SHA256:ca";
  event.user = std::string("a\0b\xff'; DROP TABLE event; --", 27);
  event.more = {{"variables.colour", "blue"}, {"user_agent.original", std::string("x\0y", 3)}};
  app::Sighting sighting;
  const auto id = get([&](app::Ledger& ledger) -> Result<Id> {
    auto added = add_event(ledger, event);
    sighting = {*added,      "log", "papertrail", "7711", crypto::sha256("x").substr(0, 16), noon, noon + seconds(2),
                "the line\r"};
    if (auto seen = ledger.add(sighting); !seen) return std::unexpected(seen.error());
    sighting.witness = "kernel";
    sighting.provider_id = "7712";
    sighting.raw = "";
    if (auto seen = ledger.add(sighting); !seen) return std::unexpected(seen.error());
    return added;
  });
  const auto stored = view([&](app::View& view) { return view.event(id); });
  REQUIRE(stored);
  core::for_each_field(event, [&](std::string_view name, std::string_view text, bool) {
    INFO(name);
    CHECK(core::field(stored->event, name) == text);
  });
  CHECK(stored->event.more.size() == 2);
  CHECK(stored->verdict == "unenrolled");
  CHECK_FALSE(stored->approval);
  REQUIRE(stored->sightings.size() == 2);
  CHECK(stored->sightings[0].raw == "the line\r");
  CHECK(stored->sightings[0].digest == sighting.digest);
  CHECK(stored->sightings[0].received_at == noon + seconds(2));
  CHECK(stored->sightings[1].witness == "kernel");
  CHECK(stored->sightings[1].raw.empty());
  const auto none = view([&](app::View& view) { return view.event(Id{1}); });
  CHECK(none.error().fault == Fault::not_found);
}

TEST_CASE_FIXTURE(Fixture, "an event without anything optional comes back empty") {
  core::Event event;
  event.time = noon;
  const auto id = get([&](app::Ledger& ledger) { return add_event(ledger, event); });
  const auto stored = view([&](app::View& view) { return view.event(id); });
  REQUIRE(stored);
  CHECK_FALSE(stored->event.pid);
  CHECK_FALSE(stored->event.port);
  CHECK(stored->event.user.empty());
}

TEST_CASE_FIXTURE(Fixture, "a provider's id is seen again with its digests, by source") {
  const auto digest = crypto::sha256("one").substr(0, 16), other = crypto::sha256("two").substr(0, 16);
  const auto event = get([&](app::Ledger& ledger) -> Result<Id> {
    auto id = add_event(ledger, login("oswaldo", noon));
    (void)ledger.add(app::Sighting{*id, "log", "papertrail", "1", digest, noon, noon, "line"});
    return id;
  });
  struct {
    const char *source, *id;
    std::size_t found;
  } const table[] = {{"papertrail", "1", 1}, {"papertrail", "2", 0}, {"other", "1", 0}, {"", "", 0}};
  for (const auto& row : table) {
    const auto seen = get([&](app::Ledger& ledger) { return ledger.seen(row.source, row.id); });
    INFO(row.source, " ", row.id);
    CHECK(seen.size() == row.found);
    if (!seen.empty()) {
      CHECK(seen[0].event == event);
      CHECK(seen[0].digest == digest);
    }
  }
  const auto add = [&](const std::string& d) {
    return write([&](app::Ledger& ledger) {
      return ledger.add(app::Sighting{event, "log", "papertrail", "1", d, noon, noon, "l"});
    });
  };
  CHECK(add(digest).error().fault == Fault::conflict);  // one sighting a content, by constraint
  CHECK(add(other));
  CHECK(get([&](app::Ledger& ledger) { return ledger.seen("papertrail", "1"); }).size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "logins near another agree in host, address, port and what it was, within the window") {
  // Across the edge of an index bucket (4096 s of Unix time), too.
  const auto edge = Timestamp(seconds(4096 * 438'477LL));
  for (const auto at : {noon, edge, edge - seconds(1)}) {
    const auto base = login("oswaldo", at, 50000 + to_micros(at) / 1'000'000 % 1000);
    const auto id = get([&](app::Ledger& ledger) { return add_event(ledger, base); });
    const auto found = [&](const core::Event& event) {
      const auto near = get([&](app::Ledger& ledger) { return ledger.near(event, minutes(2), false); });
      return near.size() == 1 && near[0].id == id;
    };
    const auto changed = [&](auto change) {
      auto event = base;
      change(event);
      return found(event);
    };
    CHECK(found(base));
    CHECK(changed([](auto& e) { e.time += minutes(2); }));
    CHECK(changed([](auto& e) { e.time -= minutes(2); }));
    CHECK(changed([](auto& e) { e.key = "SHA256:other"; }));  // the witnesses may differ on these: a mismatch
    CHECK(changed([](auto& e) { e.user = "other"; }));
    CHECK(changed([](auto& e) { e.outcome.clear(); }));
    CHECK_FALSE(changed([](auto& e) { e.time += minutes(2) + Duration(1); }));
    CHECK_FALSE(changed([](auto& e) { e.time -= minutes(2) + Duration(1); }));
    CHECK_FALSE(changed([](auto& e) { e.port = 1; }));
    CHECK_FALSE(changed([](auto& e) { e.port.reset(); }));
    CHECK_FALSE(changed([](auto& e) { e.host = "web1"; }));
    CHECK_FALSE(changed([](auto& e) { e.address = "203.0.113.8"; }));
    CHECK_FALSE(changed([](auto& e) { e.outcome = "failure"; }));
    CHECK_FALSE(changed([](auto& e) { e.action = "ssh_session_end"; }));
  }
}

TEST_CASE_FIXTURE(Fixture, "what is first is so once, and not where the work was undone") {
  const auto first = [&](const char* value) {
    return get([&](app::Ledger& ledger) { return ledger.first_time("person:o", "key", value); });
  };
  CHECK(first("a"));
  CHECK_FALSE(first("a"));
  CHECK(first("b"));
  CHECK_FALSE(write([&](app::Ledger& ledger) -> Result<void> {
    CHECK(*ledger.first_time("person:o", "key", "c"));
    return fail(Fault::invalid, "no");
  }));
  CHECK(first("c"));
}

TEST_CASE_FIXTURE(Fixture, "counters add up across works and starts; quarantine is counted and listed") {
  for (int i = 0; i < 3; ++i)
    must([&](app::Ledger& ledger) -> Result<void> {
      (void)ledger.count("messages.events.p", 10, noon + hours(i));
      (void)ledger.count("messages.events.p", 1, noon + hours(i));
      app::Quarantined message{ledger.new_id(), "p",  "h", "sshd", "gibberish " + std::to_string(i),
                               "no rule",       noon, noon};
      if (auto kept = ledger.quarantine(message); !kept) return std::unexpected(kept.error());
      return {};
    });
  CHECK_FALSE(write([&](app::Ledger& ledger) -> Result<void> {
    (void)ledger.count("messages.events.p", 1000, noon);
    return fail(Fault::invalid, "no");
  }));
  reopen();
  const auto standing = view([&](app::View& view) { return view.standing(noon); });
  REQUIRE(standing);
  CHECK(standing->counters == std::vector<std::pair<std::string, std::int64_t>>{{"messages.events.p", 33}});
  CHECK(standing->quarantined == 3);
  const auto listed = view([&](app::View& view) { return view.quarantine({}, 2); });
  REQUIRE(listed);
  REQUIRE(listed->size() == 2);
  CHECK(listed->at(0).message == "gibberish 2");
  CHECK(listed->at(1).message == "gibberish 1");
}

}  // namespace countersign::store
