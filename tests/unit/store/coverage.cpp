// What witnesses could see: spans that grow in place, losses, silences; and agents with their streams.
#include "app/agent_records.hpp"
#include "unit/store/fixture.hpp"

namespace countersign::store {
namespace {

Timestamp at(int second) {
  return noon + seconds(second);
}

std::string shown(const core::Coverage& coverage) {
  std::string text = fmt::format("{}until {}", coverage.enrolled ? "enrolled " : "",
                                 coverage.covered_until == Timestamp{}
                                     ? -1
                                     : std::chrono::duration_cast<seconds>(coverage.covered_until - noon).count());
  for (const auto& gap : coverage.gaps)
    text += fmt::format("; {}-{} {} {}", std::chrono::duration_cast<seconds>(gap.from - noon).count(),
                        std::chrono::duration_cast<seconds>(gap.until - noon).count(), gap.lost, gap.why);
  return text;
}

struct Step {
  int from, until;
  int lost = -1;  // -1: covered
  const char* why = "";
};

app::Agent joined_agent(std::string_view host, std::string_view id) {
  app::Agent agent;
  agent.host = host;
  agent.id = id;
  agent.public_key = std::string(32, 'k');
  agent.first_seen = agent.last_seen = noon;
  return agent;
}

}  // namespace

TEST_CASE("coverage is the spans, and its gaps what they leave out") {
  const struct {
    std::string_view name;
    std::vector<Step> steps;
    int from, until;
    std::string_view expect;
  } rows[] = {
      {"nothing yet", {}, 0, 100, "until -1"},
      {"heartbeats that abut", {{0, 10}, {10, 20}, {20, 30}}, 5, 25, "until 30"},
      {"later is not known yet", {{0, 10}}, 5, 100, "until 10"},
      {"asked about after the newest batch", {{0, 10}}, 20, 30, "until 10"},
      {"before the first", {{50, 60}}, 40, 60, "until 60; 40-50 0 before the agent's first batch"},
      {"a silence", {{0, 10}, {20, 30}}, 0, 30, "until 30; 10-20 0 the agent was silent"},
      {"a silence touches the span asked about", {{0, 10}, {20, 30}}, 15, 18, "until 30; 15-18 0 the agent was silent"},
      {"overlapping spans are one", {{0, 10}, {20, 30}, {5, 25}}, 0, 30, "until 30"},
      {"a span within another", {{0, 30}, {10, 20}}, 0, 30, "until 30"},
      {"late batches fill a silence", {{0, 10}, {20, 30}, {10, 20}}, 0, 30, "until 30"},
      {"records lost", {{0, 10}, {10, 20, 12, "ring full"}, {20, 30}}, 0, 30, "until 30; 10-20 12 ring full"},
      {"a loss that goes on is one", {{0, 10, 1, "full"}, {10, 20, 2, "full"}}, 0, 20, "until 20; 0-20 3 full"},
      {"batches missing before a batch",
       {{0, 10}, {10, 20, 0, "batch 2 is missing"}, {20, 30}},
       0,
       30,
       "until 30; 10-20 0 batch 2 is missing"},
      {"an empty span is none", {{10, 10}}, 0, 20, "until -1"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    Fixture fixture;
    fixture.must([&](app::Ledger& ledger) -> Result<void> {
      for (const auto& step : row.steps) {
        auto done = step.lost < 0
                        ? ledger.cover("bastion", "kernel", at(step.from), at(step.until))
                        : ledger.lose("bastion", "kernel", {at(step.from), at(step.until), step.lost, step.why});
        if (!done) return done;
      }
      // Another class and another host change nothing.
      if (auto done = ledger.cover("bastion", "log", at(0), at(1000)); !done) return done;
      return ledger.cover("web1", "kernel", at(0), at(1000));
    });
    const auto coverage = fixture.get(
        [&](app::Ledger& ledger) { return ledger.coverage("bastion", "kernel", at(row.from), at(row.until)); });
    CHECK(shown(coverage) == row.expect);
    const auto viewed =
        fixture.view([&](app::View& view) { return view.coverage("bastion", "kernel", at(row.from), at(row.until)); });
    REQUIRE(viewed);
    CHECK(shown(*viewed) == shown(coverage));
  }
}

TEST_CASE("heartbeats grow one span, however many come") {
  Fixture fixture;
  fixture.must([&](app::Ledger& ledger) -> Result<void> {
    for (int beat = 0; beat < 360; ++beat)
      for (int host = 0; host < 20; ++host)
        if (auto done = ledger.cover(fmt::format("host{}", host), "kernel", at(beat * 10), at(beat * 10 + 10)); !done)
          return done;
    return {};
  });
  const auto coverage =
      fixture.get([&](app::Ledger& ledger) { return ledger.coverage("host7", "kernel", at(0), at(3600)); });
  CHECK(shown(coverage) == "until 3600");
}

TEST_CASE("a host is enrolled by configuration, by an agent that joined, or by a stream of that class") {
  Fixture fixture;
  const auto enrolled = [&](std::string_view host, std::string_view witness) {
    return fixture.get([&](app::Ledger& ledger) { return ledger.coverage(host, witness, at(0), at(1)); }).enrolled;
  };
  fixture.must([&](app::Ledger& ledger) -> Result<void> {
    if (auto done = ledger.expect_agents({"bastion"}); !done) return done;
    auto joined = joined_agent("web1", "a1");
    return ledger.put(joined);
  });
  CHECK(enrolled("bastion", "kernel"));
  CHECK_FALSE(enrolled("bastion", "log"));
  CHECK(enrolled("web1", "kernel"));
  CHECK_FALSE(enrolled("web1", "log"));
  CHECK_FALSE(enrolled("web2", "kernel"));

  fixture.must([&](app::Ledger& ledger) -> Result<void> {
    app::AgentStream stream;
    stream.host = "web1";
    stream.agent = "a1";
    stream.witness = "log";
    stream.sequence = 1;
    stream.digest = std::string(32, 'd');
    if (auto kept = ledger.put(stream); !kept) return std::unexpected(kept.error());
    return {};
  });
  CHECK(enrolled("web1", "log"));

  fixture.must([&](app::Ledger& ledger) -> Result<void> {
    auto agent = *ledger.agent("web1", "a1");
    agent->removed_at = at(5);
    if (auto done = ledger.put(*agent); !done) return done;
    return ledger.expect_agents({});
  });
  CHECK_FALSE(enrolled("web1", "kernel"));
  CHECK_FALSE(enrolled("web1", "log"));
  CHECK_FALSE(enrolled("bastion", "kernel"));
}

TEST_CASE("a stream remembers its newest batches") {
  Fixture fixture;
  const auto id = fixture.get([&](app::Ledger& ledger) -> Result<std::int64_t> {
    app::AgentStream stream;
    stream.host = "bastion";
    stream.agent = "a1";
    stream.witness = "kernel";
    stream.sequence = 300;
    stream.digest = std::string(32, 'd');
    stream.covered_until = at(10);
    const auto kept = ledger.put(stream);
    if (!kept) return kept;
    for (int i = 1; i <= 300; ++i)
      if (auto added = ledger.add_batch(*kept, i, fmt::format("content {}", i)); !added)
        return std::unexpected(added.error());
    return kept;
  });
  const auto content = [&](std::int64_t sequence) {
    return fixture.get([&](app::Ledger& ledger) { return ledger.batch(id, sequence); });
  };
  CHECK(content(300) == "content 300");
  CHECK(content(45) == "content 45");
  CHECK(content(44) == std::nullopt);
  CHECK(content(301) == std::nullopt);
  const auto stream = fixture.get([&](app::Ledger& ledger) { return ledger.stream("bastion", "a1", "kernel"); });
  REQUIRE(stream);
  CHECK(stream->id == id);
  CHECK(stream->sequence == 300);
  CHECK(stream->covered_until == at(10));
  CHECK_FALSE(fixture.get([&](app::Ledger& ledger) { return ledger.stream("bastion", "a1", "log"); }));
}

TEST_CASE("two living agents can't share a key; one that was removed frees it") {
  Fixture fixture;
  const auto put = [&](std::string_view host, std::string_view id, std::optional<Timestamp> removed) {
    return fixture.write([&](app::Ledger& ledger) {
      auto agent = joined_agent(host, id);
      agent.removed_at = removed;
      return ledger.put(agent);
    });
  };
  CHECK(put("bastion", "a1", std::nullopt));
  const auto second = put("web1", "a2", std::nullopt);
  REQUIRE_FALSE(second);
  CHECK(second.error().fault == Fault::conflict);
  CHECK(put("bastion", "a1", at(1)));
  CHECK(put("web1", "a2", std::nullopt));
}

TEST_CASE("a connection's start is found by address, port and time, where the kernel saw it") {
  Fixture fixture;
  fixture.must([&](app::Ledger& ledger) -> Result<void> {
    for (const auto& [witness, port] : {std::pair("kernel", 40000), std::pair("log", 40002), std::pair("api", 40003)}) {
      auto event = login("", at(100), port);
      event.action = "ssh_connection_start";
      const auto added = add_event(ledger, event);
      if (!added) return std::unexpected(added.error());
      const auto seen =
          ledger.add(app::Sighting{*added, witness, "s", std::to_string(port), "d", at(100), at(100), ""});
      if (!seen) return seen;
    }
    auto other = login("oswaldo", at(100), 40001);
    if (auto added = add_event(ledger, other); !added) return std::unexpected(added.error());
    return {};
  });
  const struct {
    std::string_view host, address;
    std::int64_t port;
    int from, until;
    bool expect;
  } rows[] = {
      {"bastion", "203.0.113.7", 40000, 98, 102, true},   {"bastion", "203.0.113.7", 40000, 100, 100, true},
      {"bastion", "203.0.113.7", 40000, 101, 200, false}, {"bastion", "203.0.113.7", 40001, 98, 102, false},
      {"bastion", "203.0.113.8", 40000, 98, 102, false},  {"web1", "203.0.113.7", 40000, 98, 102, false},
      {"bastion", "203.0.113.7", 40002, 98, 102, false},  {"bastion", "203.0.113.7", 40003, 98, 102, false},
  };
  for (const auto& row : rows)
    CHECK(fixture.get([&](app::Ledger& ledger) {
      return ledger.connection_started(row.host, row.address, row.port, at(row.from), at(row.until));
    }) == row.expect);
}

}  // namespace countersign::store
