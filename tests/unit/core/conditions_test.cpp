// Structured rules, conditions and shapes, by tables.
#include <doctest/doctest.h>

#include "core/rules/engine.hpp"
#include "core/rules/examples.hpp"
#include "core/shape.hpp"

using namespace countersign;
using namespace countersign::core;

namespace {

Rule structured(std::string id, std::vector<Comparison> where) {
  Rule rule;
  rule.id = std::move(id);
  rule.where = std::move(where);
  rule.action = "signin";
  rule.file = "test.toml";
  return rule;
}

Engine engine_of(std::vector<Rule> rules) {
  auto engine = Engine::compile(std::move(rules));
  REQUIRE_MESSAGE(engine.has_value(), engine.error().message);
  return std::move(*engine);
}

Event at(std::string_view time, std::string user = "alice", std::string address = "203.0.113.7") {
  Event event;
  event.time = *parse_rfc3339(time);
  event.user = std::move(user);
  event.address = std::move(address);
  return event;
}

}  // namespace

TEST_CASE("structured messages: by fields, the first rule wins, and a named program must be listed") {
  auto listed = structured("listed", {make_comparison("kind", {"audit"})});
  listed.programs = {"api"};
  auto first = structured("first", {make_comparison("event", {"login"}), make_comparison("result.ok", {"true"}),
                                    make_comparison("error", {""})});
  first.fields = {{"user.name", "user"}, {"user.name", "actor.0.mail"}, {"source.ip", "from"}, {"@timestamp", "at"}};
  first.set = {{"event.provider", "x"}};
  auto any = structured("any", {make_comparison("event", {"*"})});
  any.ignore = true;
  const auto engine = engine_of({any, first, listed});
  Fields fields;
  fields.add("event", "login");
  fields.add("event", "logout");  // a path given twice: the first
  fields.add("result.ok", "true");
  fields.add("actor.0.mail", "alice@example.com");
  fields.add("from", "[2001:DB8::9]:51234");
  fields.add("at", "1795136523000");
  const auto read = engine.classify("", fields);
  REQUIRE(read.has_value());
  REQUIRE(read->rule != nullptr);
  CHECK(read->rule->id == "first");
  const auto event = engine.extract(*read);
  CHECK(event.user == "alice@example.com");
  CHECK(event.address == "2001:db8::9");
  CHECK(event.port == 51234);
  CHECK(to_rfc3339(event.time) == "2026-11-20T01:02:03Z");
  CHECK(field(event, "event.provider") == "x");
  fields.add("error", "denied");
  CHECK(engine.classify("", fields)->rule->id == "any");
  CHECK_FALSE(engine.classify("logger", fields).has_value());

  Fields audit;
  audit.add("kind", "audit");
  CHECK(engine.classify("", audit)->rule->id == "listed");
  CHECK(engine.classify("api", audit)->rule->id == "listed");
  CHECK_FALSE(engine.classify("logger", audit).has_value());
  CHECK(engine.watches("api"));
}

TEST_CASE("a key's own dots are no path") {
  CHECK(Fields::escaped("a.b\\c") == "a\\.b\\\\c");
}

TEST_CASE("[*] in a path is any element of that list, and nothing else") {
  Fields fields;
  fields.add("events.0.name", "login_challenge");
  fields.add("events.0.parts.0.value", "a");
  fields.add("events.3.name", "login_success");
  fields.add("events.3.parts.12.value", "b");
  fields.add("events.x.name", "key");
  fields.add("events..name", "nothing");
  fields.add("events.4.names", "longer");
  fields.add("eventsmore.0.name", "other");
  fields.add("tags.1", "red");
  fields.add("a\\.b.0", "dotted");
  struct Row {
    std::string path;
    std::vector<std::string> values;
    bool holds;
  };
  const std::vector<Row> rows = {
      {"events[*].name", {"login_success"}, true},  // wherever it stands
      {"events[*].name", {"login_challenge"}, true},
      {"events[*].name", {"x", "*_success"}, true},
      {"events[*].name", {"key"}, false},  // a key is no element
      {"events[*].name", {"nothing"}, false},
      {"events[*].name", {"longer"}, false},
      {"events[*].name", {"other"}, false},
      {"events[*].name", {""}, false},  // there is one
      {"events[*].id", {""}, true},
      {"events[*].id", {"*"}, false},
      {"events[*].parts[*].value", {"b"}, true},
      {"events[*].parts[*].value", {"c"}, false},
      {"tags[*]", {"red"}, true},
      {"tags[*]", {"blue"}, false},
      {"a\\.b[*]", {"dotted"}, true},
      {"[*]", {"*"}, false},
      {"events[*]name", {"*"}, false},
  };
  for (const auto& row : rows) {
    CAPTURE(row.path);
    CAPTURE(row.values);
    CHECK(holds(make_comparison(row.path, row.values), fields) == row.holds);
  }

  auto rule = structured("any", {make_comparison("events[*].name", {"*_success"})});
  rule.fields = {{"event.reason", "events[*].name"}, {"first", "events[*].parts[*].value"}};  // the one that is wanted
  const auto engine = engine_of({rule});
  const auto event = engine.extract(*engine.classify("", fields));
  CHECK(field(event, "event.reason") == "login_success");
  CHECK(field(event, "first") == "a");
}

TEST_CASE("conditions: fields, networks, hours and days") {
  const auto condition = [](std::string field, std::vector<std::string> values) {
    Condition made;
    made.when.push_back(make_comparison(std::move(field), values));
    return made;
  };
  const auto friday_one = at("2026-11-20T01:02:03Z");
  CHECK(holds(condition("user.name", {"bob", "al*"}), friday_one));
  CHECK_FALSE(holds(condition("user.name", {"bob"}), friday_one));
  CHECK(holds(condition("source.ip", {"10.0.0.0/8", "203.0.113.0/24"}), friday_one));
  CHECK_FALSE(holds(condition("source.ip", {"10.0.0.0/8"}), friday_one));
  CHECK(holds(condition("host.name", {""}), friday_one));
  CHECK_FALSE(holds(condition("host.name", {"*"}), friday_one));

  Condition outside;
  outside.unless.push_back(make_comparison("source.ip", {"10.0.0.0/8"}));
  CHECK(holds(outside, friday_one));
  CHECK_FALSE(holds(outside, at("2026-11-20T01:02:03Z", "alice", "10.1.2.3")));

  Condition night;
  night.hours = *parse_hours("22:00-06:00");
  CHECK(holds(night, friday_one));
  CHECK(holds(night, at("2026-11-20T22:00:00Z")));
  CHECK_FALSE(holds(night, at("2026-11-20T06:00:00Z")));
  night.zone = *Zone::from_text("+05:30");
  CHECK_FALSE(holds(night, friday_one));

  Condition weekend;
  weekend.days.fill(false);
  weekend.days.at(*parse_weekday("sat")) = true;
  CHECK_FALSE(holds(weekend, friday_one));
  CHECK(holds(weekend, at("2026-11-21T00:00:00Z")));
  weekend.zone = *Zone::from_text("-01:00");
  CHECK_FALSE(holds(weekend, at("2026-11-21T00:00:00Z")));

  for (const char* bad : {"", "8-9", "08:00", "08:00-08:00", "25:00-26:00", "08:60-09:00", "24:00-06:00"})
    CHECK_FALSE(parse_hours(bad).has_value());
  CHECK_FALSE(parse_weekday("someday").has_value());
}

TEST_CASE("cases: the first that holds replaces what it names") {
  auto rule = structured("r", {make_comparison("a", {"*"})});
  rule.terms = {.severity = Severity::normal, .ask = false, .approvers = 1, .reason = false, .to = ""};
  Case root;
  root.condition.when.push_back(make_comparison("user.name", {"root"}));
  root.severity = Severity::critical;
  root.ask = true;
  root.approvers = 2;
  Case anyone;
  anyone.condition.unless.push_back(make_comparison("source.ip", {"10.0.0.0/8"}));
  anyone.to = "security_channel";
  rule.cases = {root, anyone};
  const auto as_root = terms_of(rule, at("2026-11-20T01:02:03Z", "root"));
  CHECK(as_root.severity == Severity::critical);
  CHECK(as_root.ask);
  CHECK(as_root.approvers == 2);
  CHECK(as_root.to.empty());
  const auto from_outside = terms_of(rule, at("2026-11-20T01:02:03Z"));
  CHECK(from_outside.to == "security_channel");
  CHECK_FALSE(from_outside.ask);
  CHECK(terms_of(rule, at("2026-11-20T01:02:03Z", "alice", "10.0.0.1")).to.empty());
}

TEST_CASE("shapes: what differs from line to line is folded") {
  const std::pair<const char*, const char*> cases[] = {
      {"Disconnected from 203.0.113.7 port 51234", "Disconnected from ADDR port #"},
      {"Disconnected from 2001:db8::9 port 22", "Disconnected from ADDR port #"},
      {"key SHA256:abcdEFGHijklMNOPqrstUVWXyz0123456789ABCDEFG of /home/bob/.ssh/id", "key HEX of PATH"},
      {"user \"bob smith\" (203.0.113.7): 7%", "user \"TEXT\" (ADDR): #%"},
      {"id deadbeef01 done", "id HEX done"},
      {"a\tb\xff", "a?b?"},
      {"{\"eventName\":\"x\",\"nested\":{\"deep\":1},\"list\":[{\"in\":2}],\"n7\":\"a\\\"b\"}",
       "{eventName,nested,list,n#}"},
      {"", ""},
  };
  for (const auto& [message, shape] : cases) {
    CAPTURE(message);
    CHECK(shape_of(message) == shape);
  }
  CHECK(shape_of(std::string(100'000, 'x')).size() <= 200);
  CHECK(shape_of(std::string(100'000, '"')).size() <= 200);
}

TEST_CASE("Solaris' message id is no part of the message") {
  Rule rule;
  rule.id = "in";
  rule.programs = {"sshd"};
  rule.pattern = "Accepted .*";
  rule.action = "ssh_login";
  const auto engine = engine_of({rule});
  CHECK(engine.classify("sshd", "[ID 800047 auth.info] Accepted x").reading == Reading::event);
  for (const char* bad : {"[ID 800047 auth info] Accepted x", "[ID x auth.info] Accepted x", "[ID 8] Accepted x",
                          "[ID 800047 auth.info]Accepted x", "x [ID 800047 auth.info] Accepted x"}) {
    CAPTURE(bad);
    CHECK(engine.classify("sshd", bad).reading == Reading::quarantined);
  }
}
