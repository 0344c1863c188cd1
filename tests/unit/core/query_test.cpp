#include "core/query.hpp"

#include <doctest/doctest.h>

using namespace countersign::core;

namespace {

/// The tree in one line: what the parser understood.
std::string dump(const Query& query) {
  const auto all = [&](const char* name) {
    std::string text = std::string("(") + name;
    for (const auto& operand : query.operands)
      text += " " + dump(operand);
    return text + ")";
  };
  switch (query.kind) {
    case Query::Kind::all:
      return "all";
    case Query::Kind::term:
      return query.field + "=<" + query.value + ">";
    case Query::Kind::both:
      return all("and");
    case Query::Kind::either:
      return all("or");
    case Query::Kind::negation:
      return all("not");
  }
  return "";
}

}  // namespace

TEST_CASE("queries are understood") {
  const struct {
    const char *text, *tree;
  } table[] = {
      {"", "all"},
      {"  ", "all"},
      {"user.name=oswaldo", "user.name=<oswaldo>"},
      {"event.action=ssh_login AND user.name=oswaldo AND NOT host.name=web*",
       "(and event.action=<ssh_login> user.name=<oswaldo> (not host.name=<web*>))"},
      {"a=1 OR b=2 AND c=3", "(or a=<1> (and b=<2> c=<3>))"},
      {"(a=1 OR b=2) AND c=3", "(and (or a=<1> b=<2>) c=<3>)"},
      {"a!=1", "(not a=<1>)"},
      {"NOT NOT a=1", "(not (not a=<1>))"},
      {R"(a = "two words \"and\" \\ more")", R"(a=<two words "and" \ more>)"},
      {"a=\"\"", "a=<>"},
      {"ANDROID=1 AND NOTE=2", "(and ANDROID=<1> NOTE=<2>)"},
      {"url=a=b", "url=<a=b>"},
  };
  for (const auto& row : table) {
    CAPTURE(row.text);
    const auto query = parse_query(row.text);
    REQUIRE(query);
    CHECK(dump(*query) == row.tree);
  }
}

TEST_CASE("a fault is pointed at") {
  const struct {
    std::string text, says;
  } table[] = {
      {"user.name", "position 10: expected '=' or '!='"},
      {"user.name=", "position 11: expected a value"},
      {"user.name==x", "position 11: expected a value: equality is one '='"},
      {"user.name!==x", "position 12: expected a value: equality is one '='"},
      {"=x", "position 1: expected a field"},
      {"a=1 AND", "position 8: expected a field"},
      {"a=1 b=2", "position 5: expected AND, OR or the end"},
      {"(a=1", "position 5: expected ')'"},
      {"a=1)", "position 4: expected AND, OR or the end"},
      {"a=\"x", "position 3: this quote is not closed"},
      {"a=\"\\x\"", "position 5: expected"},
      {std::string(5000, 'a'), "at most 4096 bytes"},
      {std::string(50, '(') + "a=1", "nested deeper"},
  };
  for (const auto& row : table) {
    CAPTURE(row.text);
    const auto query = parse_query(row.text);
    REQUIRE_FALSE(query);
    CHECK_MESSAGE(query.error().message.find(row.says) != std::string::npos, query.error().message);
  }
  std::string many = "a=1";
  for (int i = 0; i < 200; ++i)
    many += " OR a=1";
  CHECK_FALSE(parse_query(many));
}

TEST_CASE("what a query means on an event") {
  Event event;
  event.user = "oswaldo";
  event.host = "web-12";
  event.port = 51234;
  event.address = "203.0.113.7";
  const struct {
    const char* text;
    bool holds;
  } table[] = {{"user.name=oswaldo", true},
               {"user.name=osw", false},
               {"user.name=osw*", true},
               {"host.name!=web*", false},
               {"source.port=51234", true},
               {"source.ip=203.0.113.0/24", true},
               {"source.ip=203.0.0.0/16", true},
               {"source.ip=203.0.114.0/24", false},
               {"source.ip!=203.0.114.0/24", true},
               {"source.ip=2001:db8::/32", false},
               {"source.ip=203.0.113.0/240", false},
               {"user.name=\"=\"", false},
               {"ssh.method=\"\"", true},
               {"user.name=x OR host.name=web-12", true},
               {"user.name=oswaldo AND host.name=db*", false}};
  for (const auto& row : table) {
    CAPTURE(row.text);
    CHECK(matches(*parse_query(row.text), event) == row.holds);
  }
}
