#include "audit/claims.hpp"

#include <doctest/doctest.h>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace countersign::audit {
namespace {

const auto at = *parse_rfc3339("2026-11-20T12:00:00.000123Z");

app::AuditEntry entry(std::string kind, std::string detail, std::string actor = "Oswaldo") {
  return {Id{1}, at, std::move(kind), std::move(actor), std::move(detail), ""};
}

const auto decided = entry("decision", R"({"approval":"a1","decision":"approve","reason":"mine","via":"slack"})");
const auto found = entry("finding", R"({"approval":"f1","kind":"finding","reason":"r"})", "countersign");
const auto judged = entry("verdict", R"({"event":"e1","verdict":"missing_log","was":"waiting"})", "countersign");
const auto judged_again = entry("verdict", R"({"event":"e1","verdict":"matched","was":"missing_log"})", "countersign");
const auto announced =
    entry("expected", R"({"account":"oswaldo","from":null,"id":"x1","reason":"updates","until":"u"})");

/// A store that says what those five entries say, but for one thing.
struct Store {
  std::string by = "Oswaldo", act = "approve", when = "2026-11-20T12:00:00.000123Z", reason = "mine";
  bool decision = true, second_decision = false, finding = true, second_finding = false, login = true;
  std::string verdict = "matched", expected = "account=oswaldo\nreason=updates\nuntil=u\nauthor=Oswaldo";
};

std::string told(const Store& store, std::vector<app::AuditEntry> late = {}) {
  Claims claims;
  for (const auto& one : {decided, found, judged, judged_again, announced})
    REQUIRE(claims.add(one));
  if (store.decision) claims.decision("a1", store.by, store.act, store.when, "slack", store.reason);
  if (store.second_decision) claims.decision("a1", "eve", "approve", store.when, "slack", "");
  if (store.finding) claims.finding("f1");
  if (store.second_finding) claims.finding("f2");
  if (store.login) claims.verdict("e1", store.verdict);
  claims.expected("x1", store.expected);
  claims.store_read();
  for (const auto& one : late)
    REQUIRE(claims.add(one));
  const auto finished = claims.finish();
  return finished ? "" : finished.error().message;
}

TEST_CASE("a store that stands as the chain says agrees; one that was touched is told what of it") {
  CHECK(told({}).empty());
  const struct {
    const char* name;
    void (*touch)(Store&);
    const char* says;
  } cases[] = {
      {"a decision taken away", [](Store& s) { s.decision = false; }, "entry 1 "},
      {"a decision of another", [](Store& s) { s.by = "eve"; }, "entry 1 "},
      {"another decision", [](Store& s) { s.act = "deny"; }, "entry 1 "},
      {"at another time", [](Store& s) { s.when = "2026-11-20T12:00:00Z"; }, "entry 1 "},
      {"for another reason", [](Store& s) { s.reason = "x"; }, "entry 1 "},
      {"a decision put in", [](Store& s) { s.second_decision = true; }, "a decision of 2026-11-20T12:00:00.000123Z"},
      {"a finding taken away", [](Store& s) { s.finding = false; }, "entry 2 "},
      {"a finding put in", [](Store& s) { s.second_finding = true; }, "finding f2 "},
      {"a login taken away", [](Store& s) { s.login = false; }, "entry 4 "},
      {"an older verdict", [](Store& s) { s.verdict = "missing_log"; }, "the login e1 is missing_log"},
      {"another verdict", [](Store& s) { s.verdict = "unenrolled"; }, "the login e1 is unenrolled"},
      {"another end of a change", [](Store& s) { s.expected = "account=oswaldo\nauthor=Oswaldo"; }, "entry 5 "},
  };
  for (const auto& row : cases) {
    CAPTURE(row.name);
    Store store;
    row.touch(store);
    CHECK(told(store).substr(0, std::string(row.says).size()) == row.says);
  }
}

TEST_CASE("what happened while the store was read is no difference") {
  Store store;
  store.verdict = "mismatch";
  store.second_decision = true;
  CHECK(told(store, {entry("verdict", R"({"event":"e1","verdict":"mismatch","was":"matched"})"),
                     entry("decision", R"({"approval":"a1","decision":"approve","reason":"","via":"slack"})", "eve")})
            .empty());
  store = {};
  CHECK(
      told(store, {entry("decision", R"({"approval":"a9","decision":"approve","reason":"","via":"slack"})")}).empty());
}

TEST_CASE("a login is looked at anew without an entry, and one nobody recorded may have no verdict yet") {
  Store store;
  store.verdict = "waiting";
  CHECK(told(store).empty());
  Claims claims;
  claims.verdict("e7", "unenrolled");
  CHECK(claims.finish());
  claims.verdict("e8", "matched");
  CHECK_FALSE(claims.finish());
}

TEST_CASE("a root over other sightings, and another document than the sealed one, are told apart") {
  core::MerkleTree tree;
  tree.add("one");
  tree.add("two");
  Claims claims;
  REQUIRE(claims.add(entry("root", R"({"count":2,"date":"2026-11-19","root":")" + to_hex(tree.root()) + "\"}")));
  REQUIRE(claims.add(entry("seal", R"({"digests":{"json":")" + to_hex(crypto::sha256("{}")) + R"("},"id":"s1"})")));
  REQUIRE(claims.roots().size() == 1);
  REQUIRE(claims.seals().size() == 1);
  CHECK(agree(claims.roots()[0], tree));
  core::MerkleTree other;
  other.add("one");
  CHECK(agree(claims.roots()[0], other).error().message.find("1 are there: some were taken away") != std::string::npos);
  other.add("2");
  CHECK(agree(claims.roots()[0], other).error().message.find("one was changed") != std::string::npos);
  CHECK(agree(claims.seals()[0], "{}"));
  CHECK_FALSE(agree(claims.seals()[0], "{ }"));
  CHECK_FALSE(claims.add(entry("decision", "nonsense")));
}

}  // namespace
}  // namespace countersign::audit
