// Quarantine and its replay: what a new rule reads becomes events once, asks nobody unless told to, and the rest stays.
#include "app/replay.hpp"

#include "tests/unit/app/house.hpp"

using namespace countersign;
using namespace countersign::test;

namespace {

core::Record odd_line(const HandClock& clock, const std::string& message, const std::string& host = "bastion") {
  core::Record record;
  record.time = clock.now();
  record.host = host;
  record.program = "sshd";
  record.pid = 42;
  record.message = message;
  return record;
}

/// The small engine and a rule that reads "Welcomed USER from ADDR".
void add_rule(House& house) {
  core::Rule welcomed;
  welcomed.id = "sshd.welcomed";
  welcomed.programs = {"sshd"};
  welcomed.pattern = R"(Welcomed (?P<user>\S+) from (?P<addr>\S+))";
  welcomed.action = "ssh_login";
  welcomed.witness = core::Witness::sshd;
  welcomed.fields = {{"user.name", "user"}, {"source.ip", "addr"}};
  core::Rule chatter;
  chatter.id = "sshd.chatter";
  chatter.programs = {"sshd"};
  chatter.pattern = "Chatter .*";
  chatter.ignore = true;
  auto engine = core::Engine::compile({welcomed, chatter});
  REQUIRE(engine);
  house.policy->replace(std::make_shared<const app::Policy>(
      app::Policy{std::move(*engine), small_directory(), house.schedule, std::chrono::minutes(2)}));
}

app::Replayed replay(House& house, app::QuarantineFilter filter = {}, bool ask = false,
                     const std::vector<app::Source>& sources = {}) {
  app::Replay replay(*house.store, *house.policy, house.clock, sources);
  std::promise<Result<app::Replayed>> answered;
  replay.run(std::move(filter), ask, "tester", [&](auto sum) { answered.set_value(std::move(sum)); });
  auto sum = answered.get_future().get();
  REQUIRE(sum);
  house.settle();
  return *sum;
}

}  // namespace

TEST_CASE("replay: events of what the new rule reads, once; nobody is asked; the rest stays") {
  House house;
  std::vector<core::Record> lines;
  for (int i = 0; i < 450; ++i)
    lines.push_back(odd_line(house.clock, "Welcomed alice from 10.0.0." + std::to_string(i)));
  lines.push_back(odd_line(house.clock, "Chatter 1"));
  lines.push_back(odd_line(house.clock, "Nobody knows this"));
  CHECK(house.post(lines).quarantined == 452);
  CHECK(house.post(lines).duplicates == 452);
  CHECK(house.events().empty());
  CHECK(replay(house).left == 452);

  add_rule(house);
  const auto sum = replay(house);
  CHECK(sum.read == 452);
  CHECK(sum.events == 450);
  CHECK(sum.ignored == 1);
  CHECK(sum.left == 1);
  CHECK(house.approvals().empty());
  CHECK(house.chat.delivered.empty());
  const auto again = replay(house);
  CHECK(again.read == 1);
  CHECK(again.events == 0);
  const auto redelivered = house.post(lines);
  CHECK(redelivered.duplicates == 451);
  CHECK(redelivered.ignored == 1);
  const auto events = house.events();
  const auto login = std::ranges::find(events, "ssh_login", [](const auto& one) { return one.stored.event.action; });
  REQUIRE(login != events.end());
  CHECK(login->stored.event.user == "alice");
  CHECK(login->stored.event.pid == 42);
  CHECK(house.chat.count("Alice", "ask") > 0);  // the webhook itself asks, as it would have
  CHECK(std::ranges::count(house.audit(), "replay", &app::AuditEntry::kind) == 3);
}

TEST_CASE("replay: asks where told to, and only of the program that was named") {
  House house;
  house.post(odd_line(house.clock, "Welcomed alice from 203.0.113.7"));
  add_rule(house);
  CHECK(replay(house, {"sudo", std::nullopt}, true).read == 0);
  CHECK(replay(house, {"sshd", std::nullopt}, true).events == 1);
  REQUIRE(house.approvals().size() == 1);
  CHECK(house.approvals()[0].approval.person == "Alice");
  CHECK(house.chat.count("Alice", "ask") == 1);
}

TEST_CASE("replay: what its source may not say stays out") {
  House house;
  app::Decoded decoded;
  decoded.records = {odd_line(house.clock, "Welcomed alice from 203.0.113.7", "web1"),
                     odd_line(house.clock, "Welcomed bob from 203.0.113.7", "db1"),
                     odd_line(house.clock, std::string(70'000, 'x'), "web1")};
  std::promise<Result<app::Tally>> answered;
  house.ingest->messages(app::Source{"limited", "log", {"web*"}, "", true}, std::move(decoded),
                         [&](auto tally) { answered.set_value(std::move(tally)); });
  REQUIRE(answered.get_future().get());
  add_rule(house);
  const auto sum = replay(house);
  CHECK(sum.read == 1);
  CHECK(sum.events == 1);
  CHECK(house.events().front().stored.event.host == "web1");
}

TEST_CASE("replay: what somebody else wrote, by the journal's word, is a forgery also when a rule reads it later") {
  House house;
  auto forged = odd_line(house.clock, "Welcomed alice from 203.0.113.7"), genuine = forged, unsaid = forged;
  forged.writer = core::Writer{"logger", "/usr/bin/logger", 1000};
  genuine.message = "Welcomed bob from 203.0.113.8";
  genuine.writer = core::Writer{"sshd", "/usr/sbin/sshd", 0};
  unsaid.message = "Welcomed bob from 203.0.113.9";
  house.post({forged, genuine, unsaid});
  const auto before = house.approvals().size();
  add_rule(house);
  house.restart();
  add_rule(house);
  CHECK(replay(house, {}, true).events == 3);
  std::map<std::string, std::string> mismatches;
  for (const auto& listed : house.events())
    if (listed.stored.event.action == "ssh_login")
      mismatches[listed.stored.event.address] = core::field(listed.stored.event, "log.mismatch");
  CHECK(mismatches["203.0.113.7"].find("logger (/usr/bin/logger, uid 1000) wrote it") != std::string::npos);
  CHECK(mismatches["203.0.113.8"].empty());
  CHECK(mismatches["203.0.113.9"].empty());
  CHECK(house.chat.count("Alice", "ask") == 0);
  CHECK(house.chat.count("Bob", "ask") == 2);
  CHECK(before <= house.approvals().size());
}

TEST_CASE("replay: a time that is its receipt's only stays one") {
  const struct {
    std::string name;
    bool own_time, provider_time, stamped;
  } table[] = {{"its own", true, true, false}, {"the provider's", false, true, true}, {"ours", false, false, true}};
  for (const auto& row : table) {
    CAPTURE(row.name);
    House house;
    const auto at = house.clock.now() - std::chrono::minutes(5);
    auto line = odd_line(house.clock, "Welcomed alice from 203.0.113.7");
    line.time = row.own_time ? std::optional(at) : std::nullopt;
    if (row.provider_time) line.received_at = at;
    house.post(line);
    house.clock.advance(std::chrono::hours(1));
    add_rule(house);
    REQUIRE(replay(house).events == 1);
    const auto event = house.read([&](app::View& view) { return view.event(house.events()[0].stored.id); });
    REQUIRE(event.sightings.size() == 1);
    CHECK(event.sightings[0].arrival_stamped == row.stamped);
    CHECK(event.sightings[0].time == (row.provider_time ? at : at + std::chrono::minutes(5)));
  }
}
