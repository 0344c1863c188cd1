// Rule files: faults with their places, and the built-in pack against its own lines.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "core/event_words.hpp"
#include "main/rules.hpp"
#include "main/rules_file.hpp"
#include "source_tree.hpp"

using namespace countersign;
using namespace countersign::cli;

namespace {

std::vector<std::string> faults_of(std::string_view text) {
  RulePack pack;
  read_rules("x.toml", text, pack);
  std::vector<std::string> faults;
  for (const auto& problem : compile_rules(std::move(pack)).problems)
    faults.push_back(to_text(problem));
  return faults;
}

}  // namespace

TEST_CASE("the built-in pack does what its examples say, and every rule has some of both kinds") {
  const auto pack = compile_rules(built_in_rules());
  for (const auto& problem : pack.problems)
    FAIL_CHECK(to_text(problem));
  REQUIRE(pack.engine.has_value());
  CHECK(pack.engine->rules().size() > 30);
  for (const auto& rule : pack.engine->rules()) {
    CAPTURE(rule.id);
    CHECK_FALSE(rule.matches.empty());
    CHECK_FALSE(rule.rejects.empty());
    CHECK((rule.ignore || rule.outcome == "success" || !rule.terms.ask));
    CHECK((rule.ignore || core::words_of_action(rule.action) != nullptr));  // messages call it by a name
  }
}

TEST_CASE("faults are named by file, line, what and mend, all of them at once") {
  const std::string whole =
      "[[rule]]\nid = \"a\"\nprograms = [\"p\"]\npattern = \"in (?P<user>.*)\"\naction = \"x\"\nmatch = [\"in bob\"]\n";
  const auto case_of = [](const std::string& when) {
    return "[[rule.case]]\nseverity = \"high\"\nwhen = { " + when + " }\n";
  };
  const std::pair<std::string, std::string> cases[] = {
      {"x = [", "x.toml:1: "},
      {"x = 1", "x.toml:1: unknown key 'x'"},
      {"rule = 1", "x.toml:1: 'rule' must be a list of tables; write [[rule]]"},
      {whole + "patern = \"x\"", "x.toml:7: unknown key 'patern' in [[rule]]; did you mean 'pattern'?"},
      {whole + "ignore = 1", "x.toml:7: 'ignore' must be true or false"},
      {whole + "severity = \"bad\"", "x.toml:7: 'bad' is no severity (normal, high, critical)"},
      {whole + "outcome = \"bad\"", "x.toml:7: 'bad' is no outcome (success, failure, unknown)"},
      {whole + "approvers = 3", "x.toml:7: 'approvers' must be a number from 1 to 2"},
      {whole + "fields = { \"user.name\" = \"usr\" }", "x.toml:1: rule \"a\": field user.name wants the group \"usr\""},
      {whole + "fields = 7", "x.toml:7: 'fields' must be a table"},
      {whole + "reject = [1]", "x.toml:7: 'reject' holds something that is no text"},
      {whole + "reject = [\"in bob\"]", "x.toml:1: rule \"a\": \"in bob\" should be rejected and matches"},
      {"[[rule]]\nid = \"a\"\nprograms = \"p\"\npattern = \"in\"\naction = \"x\"",
       "x.toml:1: rule 'a' has no line it must match"},
      {"[[rule]]\nid = \"a\"\nprograms = \"p\"\npattern = \"in\"\nmatch = [\"in\"]",
       "x.toml:1: rule 'a' says neither its action"},
      {"[[rule]]\nid = \"a\"\npattern = \"(\"\naction = \"x\"\nmatch = [\"in\"]",
       "x.toml:1: rule \"a\": bad pattern: missing )"},
      {"[[rule]]\nid = \"a\"\npattern = \"i\"\naction = \"x\"\nmatch = [\"in\"]",
       "x.toml:1: rule \"a\": names no program"},
      {whole + case_of("\"source.ip\" = [\"10.0.0.0/8\", \"10.0.0.0/33\"]"), "x.toml:9: '10.0.0.0/33' is no address"},
      {whole + case_of("\"source.ip\" = \"203.0.113.0/240\""), "x.toml:9: '203.0.113.0/240' is no address"},
      {whole + case_of("\"source.ip\" = \"10.0.0.256\""), "x.toml:9: '10.0.0.256' is no address"},
      {whole + case_of("\"source.ip\" = \"10.0.0.0/*\""), "x.toml:9: '10.0.0.0/*' is no address"},
      {whole + case_of("\"user.nmae\" = \"root\""),
       "x.toml:9: no event of this rule has the field 'user.nmae'; did you mean 'user.name'?"},
      {whole + case_of("\"a.b.c.d\" = \"root\""), "x.toml:9: no event of this rule has the field 'a.b.c.d'; name one"},
      {"[[rule]]\nid = \"a\"\nwhere = { \"x.ip\" = \"1.2.3\" }\naction = \"x\"\nmatch = ['{\"x\":{\"ip\":1}}']",
       "x.toml:3: '1.2.3' is no address"},
      {whole + whole, "x.toml:7: rule \"a\": the id is taken by x.toml:1"},
  };
  CHECK(faults_of(whole).empty());
  for (const auto* good :
       {"\"source.ip\" = [\"10.0.0.7\", \"::1\", \"2001:db8::/32\", \"10.0.*\", \"\", \"a.example.com\"]",
        "\"variables.color\" = \"red\"", "\"host.name\" = \"web*\"", "\"source.port\" = \"22\"",
        "\"log.mismatch\" = \"*\"", "\"x.kind\" = \"a\"", "\"x.what\" = \"\""}) {
    const auto faults =
        faults_of(whole + "set = { \"x.kind\" = \"a\" }\nfields = { \"x.what\" = \"user\" }\n" + case_of(good));
    CHECK_MESSAGE(faults.empty(), good << ": " << (faults.empty() ? "" : faults.front()));
  }
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    const auto faults = faults_of(text);
    const bool named =
        std::ranges::any_of(faults, [&](const auto& f) { return f.find(expected) != std::string::npos; });
    CHECK_MESSAGE(named, expected << " is not in " << (faults.empty() ? "nothing" : faults.front()));
  }
  CHECK(faults_of(whole + "x = 1\ny = 2\nignore = 3").size() == 3);
}

TEST_CASE("faults come in the order of their lines, whoever found them") {
  const auto faults = faults_of(
      "[[rule]]\nid = \"a\"\nprograms = [\"p\"]\npattern = '('\naction = \"x\"\nmatch = ['x']\n"
      "[[rule]]\nid = \"b\"\nprograms = [\"p\"]\npattern = 'y'\naction = \"x\"\nmatch = ['x']\nouctome = 'x'\n"
      "[[rule]]\nid = \"c\"\npattern = 'z'\naction = \"x\"\nmatch = ['z']\noutcome = 'x'\n");
  std::vector<std::string> places;
  for (const auto& fault : faults)
    places.push_back(fault.substr(0, fault.find(": ")));
  CHECK(places == std::vector<std::string>{"x.toml:1", "x.toml:13", "x.toml:14", "x.toml:19"});
}

TEST_CASE("a folder that is not there, or has no rules, is a fault") {
  const std::vector<std::filesystem::path> missing{"/nonexistent/rules"};
  CHECK(load_rules(missing).problems.size() == 1);
  const std::vector<std::filesystem::path> pack{COUNTERSIGN_SOURCE "/rules"};
  const auto loaded = load_rules(pack);
  for (const auto& problem : loaded.problems)
    FAIL_CHECK(to_text(problem));
  CHECK(loaded.engine.has_value());
}

TEST_CASE("deploy/rule-reference.md is what the pack says; renew it with: countersign rules doc") {
  std::ifstream in(COUNTERSIGN_SOURCE "/deploy/rule-reference.md", std::ios::binary);
  const std::string page(std::istreambuf_iterator<char>(in), {});
  CHECK(page == rule_reference(built_in_rules()));
}
