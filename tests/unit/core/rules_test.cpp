// The engine by tables, and its fast path held against the naive one: every rule, in order, by RE2 alone.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "core/rules/engine.hpp"
#include "core/rules/examples.hpp"
#include "core/rules/pattern.hpp"

using namespace countersign;
using namespace countersign::core;

namespace {

Rule rule(std::string id, std::string pattern, bool ignore = false) {
  Rule result;
  result.id = std::move(id);
  result.programs = {"sshd", "sshd-session"};
  result.pattern = std::move(pattern);
  result.ignore = ignore;
  result.action = "ssh_login";
  result.file = "test.toml";
  return result;
}

Engine compiled(std::vector<Rule> rules) {
  auto engine = Engine::compile(std::move(rules));
  REQUIRE_MESSAGE(engine.has_value(), engine.error().message);
  return std::move(*engine);
}

std::string id_of(const Classified& read) {
  return read.rule == nullptr ? "" : read.rule->id;
}

}  // namespace

TEST_CASE("classify: what is read by which rule") {
  const auto engine = compiled({rule("ignored", "Accepted .*", true), rule("in", "Accepted (?P<user>[^:]*) from .*"),
                                rule("later", "Accepted .* from here"), rule("any", ".*lost.*"),
                                rule("either", "(?:Opened|Closed) by [a-z]+")});
  struct Case {
    const char *program, *message, *id;
    Reading reading;
    std::int64_t count;
  };
  const Case cases[] = {
      {"sshd", "Accepted bob from here", "in", Reading::event, 1},
      {"sshd-session", "Accepted bob from here", "in", Reading::event, 1},
      {"sshd", "Accepted bob", "ignored", Reading::ignored, 1},
      {"sshd", "it was lost", "any", Reading::event, 1},
      {"sshd", "Opened by bob", "either", Reading::event, 1},
      {"sshd", "Opened by bob ", "", Reading::quarantined, 1},
      {"sshd", " Opened by bob", "", Reading::quarantined, 1},
      {"sshd", "", "", Reading::quarantined, 1},
      {"sudo", "Accepted bob from here", "", Reading::ignored, 1},
      {"", "Accepted bob from here", "", Reading::ignored, 1},
      {"sshd", "message repeated 3 times: [ Opened by bob]", "either", Reading::event, 3},
      {"sshd", "message repeated 3 times: [Opened by bob]", "either", Reading::event, 3},
      {"sshd", "message repeated 2 times: [ message repeated 2 times: [ Opened by bob]]", "", Reading::quarantined, 2},
      {"sshd", "message repeated 0 times: [ Opened by bob]", "", Reading::quarantined, 1},
      {"sshd", "message repeated -1 times: [ Opened by bob]", "", Reading::quarantined, 1},
      {"sshd", "message repeated 99999999999999999999 times: [ Opened by bob]", "", Reading::quarantined, 1},
      {"sshd", "message repeated 2 times: [ Opened by bob", "", Reading::quarantined, 1},
  };
  for (const auto& test : cases) {
    CAPTURE(test.message);
    const auto read = engine.classify(test.program, test.message);
    CHECK(id_of(read) == test.id);
    CHECK(read.reading == test.reading);
    CHECK(read.count == test.count);
  }
}

TEST_CASE("bytes: NUL, newline and invalid UTF-8 are any byte to '.'") {
  const auto engine = compiled({rule("in", "from (?P<user>.*)!")});
  const std::string_view message("from \0\n\xff\xfe!", 10);
  CHECK(engine.classify("sshd", message).reading == Reading::event);
}

TEST_CASE("compile: every fault is named with its file and line") {
  auto bad = rule("a", "(unclosed");
  auto twice = rule("b", "x");
  auto again = rule("b", "y");
  auto nameless = rule("c", "z");
  nameless.programs.clear();
  auto missing = rule("d", "w");
  missing.fields = {{"user.name", "user"}};
  auto outside = rule("e", "a)|(b");
  const auto engine = Engine::compile({bad, twice, again, nameless, missing, outside});
  REQUIRE_FALSE(engine.has_value());
  for (const char* part : {"missing ): (unclosed", "rule \"b\": the id is taken", "rule \"c\": names no program",
                           "user.name wants the group \"user\"", "rule \"e\": bad pattern", "test.toml:0"}) {
    CAPTURE(part);
    CHECK(engine.error().message.find(part) != std::string::npos);
  }
}

TEST_CASE("extract: escapes undone, addresses normalised, cut values left out") {
  auto in =
      rule("in", "for (?P<user>[^:]*) from (?P<address>[^ ]*)(?: port (?P<port>[0-9]*))?(?P<rest> id (?P<id>.*))?");
  in.fields = {{"user.name", "user"}, {"source.ip", "address"}, {"source.port", "port"}, {"ssh.certificate.id", "id"}};
  in.cut_at = 60;
  const auto engine = compiled({in});
  const auto event = [&](std::string_view message) { return engine.extract(engine.classify("sshd", message)); };
  CHECK(event("for DOM\\\\bob from ::ffff:192.0.2.1 port 22").user == "DOM\\bob");
  CHECK(event("for bob from ::FFFF:192.0.2.1 port 22").address == "192.0.2.1");
  CHECK(event("for bob from FE80::1%Eth0 port 22").address == "fe80::1%Eth0");
  CHECK(event("for bob from h port 22").port == 22);
  CHECK_FALSE(event("for bob from h port 99999").port.has_value());
  CHECK(event("for bob from h id alice").certificate == "alice");
  const auto cut = event("for bob from h port 22 id " + std::string(40, 'k'));
  CHECK(cut.certificate.empty());
  CHECK(cut.port == 22);
  CHECK_FALSE(event("for bob from " + std::string(45, 'h') + " port 22").port.has_value());
}

TEST_CASE("check_examples: a line that does not do what it says is a fault") {
  auto in = rule("in", "for (?P<user>[a-z]+)");
  in.fields = {{"user.name", "user"}};
  in.matches = {{"for bob", {{"user.name", "bob"}}, {}, {}},
                {"for bob", {{"user.name", "eve"}}, {}, {}},
                {"for BOB", {}, {}, {}}};
  in.rejects = {"for nobody", "far"};
  const auto faults = check_examples(compiled({in}), [](std::string_view) { return std::optional<Fields>(); });
  REQUIRE(faults.size() == 3);
  CHECK(faults[0].find("should give user.name = \"eve\" and gives \"bob\"") != std::string::npos);
  CHECK(faults[1].find("should match and does not") != std::string::npos);
  CHECK(faults[2].find("should be rejected") != std::string::npos);
}

TEST_CASE("oracle: dispatch, direct matching and captures agree with every rule by RE2, on 200,000 lines") {
  const std::vector<std::string> patterns{
      "Accepted (password|key) for (?P<u>[^:]*) from (?P<a>[^ ]+) port ([0-9]{1,5})(?: ssh2(?:: (?P<rest>.*))?)?",
      "Accepted ([a-z]+) for (.*): ID (.*) \\(serial ([0-9]+)\\)",
      "Acc(.*)",
      "(Failed|Invalid) ([a-z]*)(?: (user))? ([^:]*)(from|for) ([^ ]+)",
      "Failed ([^ ]+) ([^ ]*) ([^ ]+)(:)?",
      "([a-z]+)( [a-z]+)* port",
      "(.*?)( from .*)?( port )([0-9]+)",
      "from( [^ ]*)?( ?)(ssh2|ss|s)?",
      "([0-9a-f]{2}:){2}([0-9a-f]+?)",
      "user (a|ab)(c|bcd)([d]*)",
      "(?i:ssh)2\\b(.*)",
      "([^:]*) from ([^:]*):([^:]*?) from (.*)",
      "(x{0,3})(x{2})([^x]*)|y(y*)",
      "(?:(x)|(y)|(:? )?){3}(s*?)([^Aa]*)?"
      "?(s{0,2})(from){0}",
  };
  std::vector<Rule> rules;
  std::vector<Pattern> naive;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    rules.push_back(rule(std::to_string(i), patterns[i]));
    auto pattern = Pattern::compile(patterns[i]);
    REQUIRE(pattern.has_value());
    naive.push_back(std::move(*pattern));
  }
  const auto engine = compiled(rules);

  const std::vector<std::string> words{"Accepted",
                                       "Acc",
                                       "Failed",
                                       "Invalid",
                                       "password",
                                       "key",
                                       "for",
                                       "from",
                                       "port",
                                       "ssh2",
                                       "SSH2",
                                       "ss",
                                       "s",
                                       "user",
                                       "user a",
                                       "abcd",
                                       "ab",
                                       ":",
                                       ": ",
                                       " ",
                                       " ",
                                       " ",
                                       " ",
                                       " ",
                                       "22",
                                       "65535",
                                       "1.2.3.4",
                                       "::1",
                                       "ID",
                                       "(serial 7)",
                                       "aa:bb:c",
                                       "x",
                                       "xx",
                                       "y",
                                       "\n",
                                       "\xff",
                                       std::string(1, '\0'),
                                       " from ",
                                       " port "};
  const auto same = [](const std::vector<Capture>& one, const std::vector<Capture>& other) {
    return std::ranges::equal(one, other, [](const Capture& a, const Capture& b) {
      return a.text.data() == b.text.data() && a.text.size() == b.text.size();
    });
  };
  std::mt19937 random(20261120);
  std::array<int, 2> seen{};
  for (int i = 0; i < 200'000; ++i) {
    std::string message;
    // Half of the lines are words at random, half follow a rule's shape with a word put in, so that many nearly match.
    if (i % 2 == 0)
      message = std::vector<std::string>{"Accepted password for a from b port 1 ssh2", "Failed a user b from c",
                                         "Accepted key for x: ID y (serial 1)", "user abcd"}[random() % 4];
    for (auto n = random() % 8; n > 0; --n)
      message.insert(i % 2 == 0 ? random() % (message.size() + 1) : message.size(), words[random() % words.size()]);
    std::string expected;
    for (std::size_t r = 0; r < naive.size(); ++r) {
      const auto captures = naive[r].capture_by_automaton(message);
      if (!captures.empty() && expected.empty()) expected = std::to_string(r);
      if (!same(naive[r].capture(message), captures))
        FAIL_CHECK("message \"" << message << "\": rule " << r << " captures otherwise than RE2");
    }
    const auto found = id_of(engine.classify("sshd", message));
    ++seen[expected.empty() ? 0 : 1];
    if (found != expected)
      FAIL_CHECK("message \"" << message << "\": expected rule " << expected << ", found " << found);
  }
  CHECK(seen[0] > 20'000);
  CHECK(seen[1] > 20'000);
}

TEST_CASE("direct matching gives up rather than take long, and what it does not know it does not make") {
  CHECK_FALSE(DirectPattern::compile("(?i:a)").has_value());
  CHECK_FALSE(DirectPattern::compile("a\\b").has_value());
  CHECK_FALSE(DirectPattern::compile("(?:ab)*").has_value());
  CHECK_FALSE(DirectPattern::compile("[[:alpha:]]").has_value());
  CHECK_FALSE(DirectPattern::compile("a**").has_value());
  CHECK_FALSE(DirectPattern::compile(std::string(1000, '(')).has_value());
  const auto slow = DirectPattern::compile(".*a.*a.*a.*a.*b");
  REQUIRE(slow.has_value());
  CHECK_FALSE(slow->matches(std::string(10'000, 'a')).has_value());
  const auto pattern = Pattern::compile(".*a.*a.*a.*a.*b");
  REQUIRE(pattern.has_value());
  CHECK_FALSE(pattern->matches(std::string(10'000, 'a')));
  CHECK(pattern->matches(std::string(10'000, 'a') + "b"));
}
