// Which JSON is believed of which source: a line in a host's log is no witness of what a cloud did.
#include "app/replay.hpp"
#include "tests/unit/app/house.hpp"

using namespace countersign;
using namespace countersign::test;

namespace {

core::Rule json_rule(std::string id, std::vector<core::Comparison> where, std::vector<std::string> programs = {}) {
  core::Rule rule;
  rule.id = std::move(id);
  rule.where = std::move(where);
  rule.programs = std::move(programs);
  rule.action = "console_login";
  rule.fields = {{"user.name", "user"}};
  return rule;
}

core::Engine engine_of_clouds() {
  using core::make_comparison;
  auto other = json_rule("aws.other", {make_comparison("cloud", {"aws"})});
  other.ignore = true;
  return *core::Engine::compile({json_rule("aws.login", {make_comparison("event", {"login"})}), std::move(other),
                                 json_rule("site.login", {make_comparison("site", {"yes"})}),
                                 json_rule("teleport.login", {make_comparison("teleport", {"yes"})}, {"teleport"})});
}

void use_clouds(House& house) {
  house.policy->replace(std::make_shared<const app::Policy>(
      app::Policy{engine_of_clouds(), small_directory(), house.schedule, std::chrono::minutes(2)}));
}

core::Record line(const HandClock& clock, const std::string& message, const std::string& program = "") {
  core::Record record;
  record.time = clock.now();
  record.host = "bastion";
  record.program = program;
  record.message = message;
  return record;
}

app::Tally bring(House& house, const app::Source& source, core::Record record) {
  app::Decoded decoded;
  decoded.records.push_back(std::move(record));
  std::promise<Result<app::Tally>> answered;
  house.ingest->messages(source, std::move(decoded), [&](auto tally) { answered.set_value(std::move(tally)); });
  auto tally = answered.get_future().get();
  REQUIRE(tally);
  house.settle();
  return *tally;
}

app::Source source_of(std::vector<std::string> json_rules, std::string default_program = "") {
  app::Source source{"logs", "log", {"*"}, std::move(default_program), true};
  source.json_rules = std::move(json_rules);
  return source;
}

const std::string console = R"({"cloud":"aws","event":"login","user":"alice"})";

}  // namespace

TEST_CASE("JSON without a program's name is an event of the rules that its source may bring alone") {
  using Names = std::vector<std::string>;
  const struct {
    const char* about;
    Names json_rules;
    std::string default_program, program, message;
    std::string outcome;  // a rule's id; "ignored"; else a part of why it was quarantined
  } table[] = {
      {"a cloud's webhook", {"*"}, "", "", console, "aws.login"},
      {"by family", {"okta.*", "aws.*"}, "", "", console, "aws.login"},
      {"another family", {"okta.*"}, "", "", console, "logs may not bring aws.login"},
      {"a host's log", {}, "", "", console, "logs may not bring aws.login"},
      {"a host's log of sshd's lines", {}, "sshd", "", console, "logs may not bring aws.login"},
      {"said by a program with no such rule", {"*"}, "", "logger", console, "ignored"},
      {"of no interest", {}, "", "", R"({"cloud":"aws","event":"list"})", "ignored"},
      {"a second rule that it may bring",
       {"site.*"},
       "",
       "",
       R"({"event":"login","site":"yes","user":"alice"})",
       "site.login"},
      {"a program that the rule lists, as its text",
       {},
       "",
       "teleport",
       R"({"teleport":"yes","user":"alice"})",
       "teleport.login"},
      {"a source that is that program's", {}, "teleport", "", R"({"teleport":"yes","user":"alice"})", "teleport.login"},
      {"posing as that program", {}, "", "", R"({"teleport":"yes","user":"alice"})", "may not bring teleport.login"},
      {"no rule's", {}, "", "", R"({"other":"yes"})", "names no program"},
  };
  for (const auto& row : table) {
    CAPTURE(row.about);
    House house;
    use_clouds(house);
    const auto tally =
        bring(house, source_of(row.json_rules, row.default_program), line(house.clock, row.message, row.program));
    const auto quarantine = house.read([](app::View& view) { return view.quarantine({}, 10); });
    const auto events = house.events();
    if (row.outcome == "ignored") {
      CHECK(tally.ignored == 1);
    } else if (!events.empty()) {
      CHECK(events.front().stored.event.rule == row.outcome);
    } else {
      REQUIRE(quarantine.size() == 1);
      CHECK(quarantine.front().why.contains(row.outcome));
      CHECK(quarantine.front().message == row.message);
    }
    CHECK(events.size() + quarantine.size() + tally.ignored == 1);
  }
}

TEST_CASE("replay: JSON is read once its source may bring it, and a redelivery finds it") {
  House house;
  use_clouds(house);
  const auto record = line(house.clock, console);
  const auto before = source_of({}, "sshd");
  const auto after = source_of({"aws.*"}, "sshd");
  CHECK(bring(house, before, record).quarantined == 1);
  const auto replay = [&](const std::vector<app::Source>& sources) {
    app::Replay replay(*house.store, *house.policy, house.clock, sources);
    std::promise<Result<app::Replayed>> answered;
    replay.run({}, false, "tester", [&](auto sum) { answered.set_value(std::move(sum)); });
    auto sum = answered.get_future().get();
    REQUIRE(sum);
    return *sum;
  };
  CHECK(replay({before}).left == 1);
  CHECK(replay({}).left == 1);
  CHECK(replay({after}).events == 1);
  CHECK(bring(house, after, record).duplicates == 1);
}
