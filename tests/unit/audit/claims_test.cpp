#include "audit/claims.hpp"

#include <doctest/doctest.h>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace countersign::audit {
namespace {

constexpr auto stamp = "2026-11-20T12:00:00.000123Z";
const auto at = *parse_rfc3339(stamp);

app::AuditEntry entry(std::string kind, std::string detail, std::string actor = "Oswaldo") {
  return {Id{1}, at, std::move(kind), std::move(actor), std::move(detail), ""};
}

std::string standing(const char* state, const char* reason, const char* person = "Oswaldo",
                     const char* addressed_to = "Oswaldo", const char* kind = "login") {
  return fmt::format(
      R"({{"addressed_to":"{}","approvers":1,"kind":"{}","person":"{}","reason":"{}","severity":"normal","state":"{}"}})",
      addressed_to, kind, person, reason, state);
}

const auto asked = entry("asked", R"({"approval":"a1","now":)" + standing("pending", "key") + "}", "countersign");
const auto decided = entry(
    "decision", R"({"approval":"a1","decision":"approve","events":["e1","e2"],"now":)" + standing("approved", "key") +
                    R"(,"reason":"mine","settled_as":"approved","state":"approved","via":"slack"})");
const auto found = entry("finding",
                         R"({"approval":"f1","kind":"finding","now":)" +
                             standing("pending", "r", "", "security_channel", "finding") + R"(,"reason":"r"})",
                         "countersign");
const auto judged = entry("verdict", R"({"event":"e1","verdict":"missing_log","version":2,"was":"waiting"})");
const auto judged_again =
    entry("verdict", R"({"event":"e1","independent":true,"verdict":"matched","version":2,"was":"missing_log"})",
          "countersign");
const auto announced =
    entry("expected", R"({"account":"oswaldo","from":null,"id":"x1","reason":"updates","until":"u"})");

/// A store that says what those six entries say, but for one thing.
struct Store {
  StoodDecision said{"a1", "Oswaldo",    "approve",   "2026-11-20T12:00:00.000123Z", "slack", "mine", "",
                     true, {"e2", "e1"}, {"e1", "e2"}};
  StoodApproval login{"a1",
                      "Oswaldo",
                      "login",
                      "Oswaldo",
                      "key",
                      "normal",
                      "approved",
                      stamp,
                      1,
                      false,
                      {{"e1", "approved"}, {"e2", "approved"}}};
  StoodApproval finding{"f1",  "security_channel", "finding", "", "r", "normal", "pending", stamp, 1,
                        false, {{"e3", "pending"}}};
  bool decision = true, second_decision = false, has_login = true, has_finding = true, second_finding = false,
       event = true;
  Verdict verdict{"matched", true};
  std::string expected = "account=oswaldo\nreason=updates\nuntil=u\nauthor=Oswaldo";
};

std::string told(const Store& store, const std::vector<app::AuditEntry>& late = {}) {
  Claims claims;
  for (const auto& one : {asked, decided, found, judged, judged_again, announced})
    REQUIRE(claims.add(one));
  if (store.decision) claims.decision(store.said);
  if (store.second_decision)
    claims.decision({"a1", "eve", "approve", store.said.at, "slack", "", "", true, {"e1"}, {}, {"e1"}});
  if (store.has_login) claims.approval(store.login);
  if (store.has_finding) claims.approval(store.finding);
  if (store.second_finding)
    claims.approval({"f2", "security_channel", "finding", "", "r", "normal", "pending", stamp, 1, false, {}});
  if (store.event) claims.logins().see("e1", store.verdict);
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
      {"a decision taken away", [](Store& s) { s.decision = false; }, "entry 2 "},
      {"a decision of another", [](Store& s) { s.said.by = "eve"; }, "entry 2 "},
      {"another decision", [](Store& s) { s.said.act = "deny"; }, "entry 2 "},
      {"at another time", [](Store& s) { s.said.at = "2026-11-20T12:00:00Z"; }, "entry 2 "},
      {"for another reason", [](Store& s) { s.said.reason = "x"; }, "entry 2 "},
      {"that settles nothing", [](Store& s) { s.said.settles = false; }, "entry 2 "},
      {"about fewer events", [](Store& s) { s.said.events.pop_back(); }, "entry 2 "},
      {"that settled one event less", [](Store& s) { s.said.settled.pop_back(); }, "entry 2 "},
      {"that settled one anew", [](Store& s) { s.said.settled = {"e1"}, s.said.revised = {"e2"}; }, "entry 2 "},
      {"trusted for a while", [](Store& s) { s.said.trusted_until = "2026-11-21T12:00:00Z"; }, "entry 2 "},
      {"a decision put in", [](Store& s) { s.second_decision = true; }, "a decision of 2026-11-20T12:00:00.000123Z"},
      {"an approval's state", [](Store& s) { s.login.state = "expected"; }, "the approval a1 is expected"},
      {"an approval's person", [](Store& s) { s.login.person = "eve"; }, "the approval a1 does not stand"},
      {"whom it is addressed to", [](Store& s) { s.login.addressed_to = "eve"; }, "the approval a1 does not stand"},
      {"how many must approve", [](Store& s) { s.login.approvers = 2; }, "the approval a1 has other terms"},
      {"how grave it is", [](Store& s) { s.login.severity = "high"; }, "the approval a1 has other terms"},
      {"when it was asked", [](Store& s) { s.login.created_at = "2026-11-20T12:00:00Z"; },
       "the approval a1 is of 2026-11-20T12:00:00Z in the store, and of 2026-11-20T12:00:00.000123Z by the chain"},
      {"when it was found", [](Store& s) { s.finding.created_at = "2026-11-20T12:00:00Z"; }, "the approval f1 is of"},
      {"an approval taken away", [](Store& s) { s.has_login = false; }, "the approval a1 of entry 2 "},
      {"an event's state", [](Store& s) { s.login.events[1].second = "denied"; }, "the event e2 is denied"},
      {"an event moved away", [](Store& s) { s.login.events.pop_back(); }, "of the 2 events of the approval a1"},
      {"a finding taken away", [](Store& s) { s.has_finding = false; }, "entry 3 "},
      {"a finding put in", [](Store& s) { s.second_finding = true; }, "finding f2 "},
      {"a finding's reason", [](Store& s) { s.finding.reason = "nothing"; }, "the approval f1 does not stand"},
      {"a finding nobody decided", [](Store& s) { s.finding.state = "approved"; }, "the approval f1 is approved"},
      {"its event", [](Store& s) { s.finding.events[0].second = "approved"; }, "the event e3 is approved"},
      {"its event, as covered", [](Store& s) { s.finding.events[0].second = "expected"; }, "the event e3 is expected"},
      {"a login taken away", [](Store& s) { s.event = false; }, "entry 5 "},
      {"an older verdict", [](Store& s) { s.verdict = {"missing_log"}; }, "the login e1 is missing_log"},
      {"another verdict", [](Store& s) { s.verdict = {"unenrolled"}; }, "the login e1 is unenrolled"},
      {"a verdict back to waiting", [](Store& s) { s.verdict = {"waiting"}; }, "the login e1 is waiting"},
      {"not independent", [](Store& s) { s.verdict.independent = false; }, "the login e1 is matched in"},
      {"another end of a change", [](Store& s) { s.expected = "account=oswaldo\nauthor=Oswaldo"; }, "entry 6 "},
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
  store.verdict = {"mismatch"};
  store.second_decision = true;
  CHECK(
      told(store, {entry("verdict", R"({"event":"e1","verdict":"mismatch","was":"matched"})"),
                   entry("decision",
                         R"({"approval":"a1","decision":"approve","events":["e1"],"reason":"","settled_as":"approved",)"
                         R"("state":"approved","via":"slack"})",
                         "eve")})
          .empty());
  store = {};
  store.verdict = {"waiting"};
  CHECK(told(store, {entry("reopened", R"({"event":"e1","verdict":"waiting","version":2,"was":"matched"})")}).empty());
  store = {};
  store.finding.state = "approved";
  store.finding.events[0].second = "approved";
  const auto signed_off =
      entry("decision", R"({"approval":"f1","decision":"approve","events":["e3"],"now":)" +
                            standing("approved", "r", "", "security_channel", "finding") +
                            R"(,"reason":"","settled_as":"approved","state":"approved","via":"api"})");
  CHECK(told(store, {signed_off}).empty());
}

TEST_CASE("a decision settles an event first, and every other after it anew, by their order in the chain") {
  const auto revised = entry("decision",
                             R"({"approval":"a1","decision":"revise","events":["e1","e3"],"reason":"no","settled_as":)"
                             R"("denied","state":"denied","via":"api"})",
                             "Alice");
  const auto wrong =
      entry("decision", R"({"approval":"a1","decision":"wrong_person","events":["e4"],"settled_as":"pending"})", "Eve");
  const auto says = [&](StoodDecision second, StoodDecision third) -> std::string {
    Claims claims;
    for (const auto& one : {decided, revised, wrong})
      REQUIRE(claims.add(one));
    claims.decision(Store().said);
    claims.decision(std::move(second));
    claims.decision(std::move(third));
    claims.approval({"a1", "Oswaldo", "login", "Oswaldo", "key", "normal", "pending", stamp, 1, false, {}});
    const auto finished = claims.finish();
    return finished ? "" : finished.error().message;
  };
  const StoodDecision second{"a1", "Alice", "revise", stamp, "api", "no", "", true, {"e1", "e3"}, {"e3"}, {"e1"}};
  const StoodDecision third{"a1", "Eve", "wrong_person", stamp, "", "", "", false, {"e4"}};
  CHECK(says(second, third).find("the approval a1 does not stand") == 0);  // the decisions hold
  auto touched = second;
  touched.settled = {"e1", "e3"}, touched.revised = {};
  CHECK(says(touched, third).find("entry 2 ") == 0);
  touched = third;
  touched.settled = {"e4"};
  CHECK(says(second, touched).find("entry 3 ") == 0);
}

TEST_CASE("whether a reason is needed holds as it was first told, and stays as it was told last") {
  const auto told_with = [](const char* kind, const char* needs_reason) {
    auto now = standing("pending", "key");
    if (*needs_reason) now.insert(now.size() - 1, fmt::format(R"(,"needs_reason":{})", needs_reason));
    return entry(kind, R"({"approval":"a1","now":)" + now + "}", "countersign");
  };
  const struct {
    const char *asked, *rerouted;  // what the entries say
    bool stands;
    const char* says;
  } cases[] = {
      {"true", "true", true, ""},
      {"true", "true", false, "the approval a1 has other terms"},
      {"true", "false", false, "the approval a1 has other terms"},  // taken away for a while
      {"true", "false", true, "the approval a1 does not stand"},    // and put back
      {"", "", true, ""},                                           // older versions did not tell
      {"", "", false, ""},
      {"", "true", true, ""},
      {"", "true", false, "the approval a1 has other terms"},
  };
  for (const auto& row : cases) {
    CAPTURE(row.asked);
    CAPTURE(row.rerouted);
    CAPTURE(row.stands);
    Claims claims;
    REQUIRE(claims.add(told_with("asked", row.asked)));
    REQUIRE(claims.add(told_with("rerouted", row.rerouted)));
    claims.approval({"a1", "Oswaldo", "login", "Oswaldo", "key", "normal", "pending", stamp, 1, row.stands, {}});
    const auto finished = claims.finish();
    const std::string words = finished ? "" : finished.error().message;
    CHECK_MESSAGE(words.empty() == std::string(row.says).empty(), words);
    CHECK_MESSAGE(words.find(row.says) == 0, words);
  }
}

TEST_CASE("what older versions wrote holds by what it says") {
  const auto old_verdict = entry("verdict", R"({"event":"e1","verdict":"matched","was":"waiting"})");
  const auto old_finding = entry("finding", R"({"approval":"f1","kind":"finding","reason":"r"})");
  const auto says = [&](const char* reason, const char* state, const char* verdict) -> std::string {
    Claims claims;
    REQUIRE(claims.add(old_verdict));
    REQUIRE(claims.add(old_finding));
    claims.approval(
        {"f1", "security_channel", "finding", "", reason, "normal", state, stamp, 1, false, {{"e3", state}}});
    claims.approval(
        {"a7", "Oswaldo", "login", "Oswaldo", "key", "normal", "pending", stamp, 1, false, {{"e7", "pending"}}});
    claims.logins().see("e1", {verdict});
    const auto finished = claims.finish();
    return finished ? "" : finished.error().message;
  };
  CHECK(says("r", "pending", "matched").empty());
  CHECK(says("r", "pending", "waiting").empty());  // looked at anew, which had no entry then
  CHECK(says("s", "pending", "matched").find("the approval f1 does not stand") == 0);
  CHECK(says("r", "approved", "matched").find("the approval f1 is approved") == 0);
}

TEST_CASE("of an approval that an older version asked the chain may say nothing; of a newer one it must") {
  const auto id_at = [](Duration after) { return to_text(first_id(at + after)); };
  const std::string old_id = id_at(std::chrono::hours(-1)), new_id = id_at(std::chrono::hours(1));
  const auto of = [](std::string id, const char* state, const char* event) {
    return StoodApproval{std::move(id), "Oswaldo", "login", "Oswaldo", "key",          "normal",
                         state,         stamp,     1,       false,     {{"e7", event}}};
  };
  const auto later = [](app::AuditEntry one, Duration after) {
    one.id = first_id(at + after);
    return one;
  };
  const auto decided_later =
      later(entry("decision", R"({"approval":")" + old_id + R"(","events":["e7"],"now":)" +
                                  standing("approved", "key") + R"(,"settled_as":"approved","state":"approved"})"),
            std::chrono::minutes(1));
  const auto says = [&](StoodApproval stood, bool upgraded, bool decided) -> std::string {
    ApprovalClaims claims;
    const auto add = [&](const app::AuditEntry& one) {
      claims.add(one, nlohmann::json::parse(one.detail), "entry", false);
    };
    add(later(entry("finding", R"({"approval":"f1","kind":"finding","reason":"r"})"), std::chrono::hours(-2)));
    claims.see({"f1", "security_channel", "finding", "", "r", "normal", "pending", stamp, 1, false, {}});
    if (upgraded) {
      add(later(asked, Duration::zero()));
      claims.see({"a1", "Oswaldo", "login", "Oswaldo", "key", "normal", "pending", stamp, 1, false, {}});
    }
    if (decided) add(decided_later);
    claims.see(std::move(stood));
    const auto finished = claims.finish();
    return finished ? "" : finished.error().message;
  };
  const std::string nothing = " in the store, and no entry of the chain says so";
  const struct {
    const char* name;
    StoodApproval stood;
    bool upgraded, decided;
    std::string says;
  } cases[] = {
      {"before the upgrade", of(old_id, "pending", "pending"), false, false, ""},
      {"asked by the older version", of(old_id, "pending", "pending"), true, false, ""},
      {"covered then", of(old_id, "expected", "expected"), true, false, ""},
      {"decided then, by nobody", of(old_id, "approved", "approved"), true, false, old_id + " is approved" + nothing},
      {"its event, by nobody", of(old_id, "pending", "approved"), true, false, "the event e7 is approved"},
      {"decided after the upgrade", of(old_id, "approved", "approved"), true, true, ""},
      {"that decision undone", of(old_id, "pending", "pending"), true, true, old_id + " is pending in the store, and"},
      {"asked since without an entry", of(new_id, "pending", "pending"), true, false, new_id + " is pending" + nothing},
      {"covered since", of(new_id, "expected", "expected"), true, false, ""},
      {"by no id of ours", of("a9", "pending", "pending"), true, false, "a9 is pending" + nothing},
  };
  for (const auto& row : cases) {
    CAPTURE(row.name);
    const auto words = says(row.stood, row.upgraded, row.decided);
    CHECK_MESSAGE(words.empty() == row.says.empty(), words);
    CHECK_MESSAGE(words.find(row.says) != std::string::npos, words);
  }
}

TEST_CASE("a login nobody recorded may have no verdict yet, and of a day with a root it was told of") {
  const auto event = to_text(first_id(at));
  const auto says = [&](const char* verdict, bool sighted) -> std::string {
    Claims claims;
    if (sighted) claims.logins().told(event);
    claims.logins().day_is_told("2026-11-20");
    claims.logins().see(event, {verdict});
    const auto finished = claims.finish();
    return finished ? "" : finished.error().message;
  };
  CHECK(says("unenrolled", true).empty());
  CHECK(says("matched", true).find("no entry of the chain says so") != std::string::npos);
  CHECK(says("unenrolled", false).find("no sighting of its day tells of it") != std::string::npos);
}

TEST_CASE("every day between the first and the last root has one, and the store's mark agrees") {
  const auto says = [](std::vector<std::pair<const char*, int>> days, const char* next,
                       const char* late = nullptr) -> std::string {
    Claims claims;
    const auto root = [](const char* date, int version) {
      return entry("root", fmt::format(R"({{"count":0,"date":"{}","root":"","version":{}}})", date, version));
    };
    for (const auto& [date, version] : days)
      REQUIRE(claims.add(root(date, version)));
    claims.next_root(next);
    claims.store_read();
    if (late) REQUIRE(claims.add(root(late, 2)));
    const auto finished = claims.finish();
    return finished ? "" : finished.error().message;
  };
  CHECK(says({}, "2026-11-20").empty());
  CHECK(says({{"2026-11-29", 1}, {"2026-11-30", 2}}, "2026-12-01").empty());
  CHECK(says({{"2026-11-29", 2}}, "2026-12-01", "2026-11-30").empty());
  CHECK(says({{"2026-11-28", 2}, {"2026-11-30", 2}}, "2026-12-01").find("days have none") != std::string::npos);
  CHECK(says({{"2026-11-28", 2}, {"2026-11-28", 2}}, "2026-11-29").find("a day has two") != std::string::npos);
  CHECK(says({{"2026-11-28", 2}, {"2026-11-29", 1}}, "2026-11-30").find("of version 1") != std::string::npos);
  CHECK(says({{"2026-11-28", 2}}, "2027-11-29").find("the next daily root is due of 2026-11-29") == 0);
  CHECK(says({{"2026-11-28", 2}}, "").find("of no day") != std::string::npos);
}

TEST_CASE("a seal stands as it was made, with its span, and in every form") {
  const auto made = entry("seal",
                          R"({"digests":{"json":"j","text":"t"},"entries":3,"from":"F","head":"h","id":"s1",)"
                          R"("to":"T","waiting":1})",
                          "auditor");
  const StoodSeal stood{"s1", "F", "T", to_rfc3339(at), "auditor", "h", "j", 1, 3};
  const auto says = [&](std::vector<StoodSeal> seals) -> std::string {
    Claims claims;
    REQUIRE(claims.add(made));
    for (auto& one : seals)
      claims.seal(std::move(one));
    const auto finished = claims.finish();
    return finished ? "" : finished.error().message;
  };
  CHECK(says({stood}).empty());
  CHECK(says({}).find("is not in the store any more") != std::string::npos);
  auto other = stood;
  other.id = "s2";
  CHECK(says({stood, other}).find("the sealed report s2 stands in the store and in no entry") == 0);
  for (auto member :
       {&StoodSeal::from, &StoodSeal::to, &StoodSeal::at, &StoodSeal::by, &StoodSeal::head, &StoodSeal::digest}) {
    auto moved = stood;
    moved.*member = "x";
    CHECK(says({moved}).find("the sealed report s1 does not stand") == 0);
  }
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
  CHECK(agree(claims.seals()[0], "json", "{}"));
  CHECK_FALSE(agree(claims.seals()[0], "json", "{ }"));
  CHECK_FALSE(agree(claims.seals()[0], "html", "{}"));
  CHECK_FALSE(claims.add(entry("decision", "nonsense")));
}

}  // namespace
}  // namespace countersign::audit
