// Expected changes and trusts: what they cover, who may announce and end them.
#include "core/expected.hpp"

#include <doctest/doctest.h>

#include "core/directory.hpp"

using namespace countersign;
using namespace countersign::core;

namespace {

const Timestamp noon = from_micros(1'795'176'000'000'000);

Directory house() {
  Directory::Entries entries;
  Person oswaldo{"Oswaldo", "U1", "", {{"oswaldo", "*"}, {"shared", "*"}}, {"SHA256:his"}, {}};
  Person alice{"Alice", "U2", "", {{"alice", "*"}}, {"SHA256:hers"}, {}};
  entries.people = {oswaldo, alice};
  ServiceAccount deploy;
  deploy.user = "deploy";
  entries.services = {deploy};
  entries.hosts = {{"bastion", {"bastion.test"}, {"web"}, std::nullopt},
                   {"web1", {}, {"web"}, std::nullopt},
                   {"db1", {}, {"db"}, std::nullopt}};
  return Directory(std::move(entries));
}

Event login() {
  Event event;
  event.time = noon;
  event.action = "ssh_login";
  event.host = "bastion";
  event.user = "oswaldo";
  event.address = "203.0.113.7";
  event.key = "SHA256:his";
  return event;
}

Approval asked() {
  Approval approval;
  approval.person = approval.subject = "Oswaldo";
  return approval;
}

ExpectedChange announced() {
  ExpectedChange change;
  change.id = Id{1};
  change.account = "oswaldo";
  change.from = noon - std::chrono::hours(1);
  change.until = noon + std::chrono::hours(1);
  return change;
}

bool covered(const ExpectedChange& change, const Event& event, const Approval& approval = asked()) {
  const auto directory = house();
  return covers(change, event, directory.attribute(event), approval, directory);
}

Decision said_at_noon() {
  Decision said;
  said.by = "Oswaldo";
  said.at = noon;
  return said;
}

ExpectedChange trust() {
  const auto directory = house();
  auto made = trusts(asked(), {login()}, said_at_noon(), noon + std::chrono::hours(8), directory);
  REQUIRE(made.size() == 1);
  return made.front();
}

}  // namespace

TEST_CASE("an announced change covers what lies within each of its scopes") {
  struct {
    const char* what;
    void (*change)(ExpectedChange&, Event&, Approval&);
    bool covered;
  } const rows[] = {
      {"as it is", [](auto&, auto&, auto&) {}, true},
      {"another account", [](auto& c, auto&, auto&) { c.account = "root"; }, false},
      {"host glob", [](auto& c, auto&, auto&) { c.host = "bas*"; }, true},
      {"another host", [](auto& c, auto&, auto&) { c.host = "web*"; }, false},
      {"its alias",
       [](auto& c, auto& e, auto&) {
         c.host = "bastion";
         e.host = "bastion.test";
       },
       true},
      {"network", [](auto& c, auto&, auto&) { c.network = *Network::parse("203.0.113.0/24"); }, true},
      {"another network", [](auto& c, auto&, auto&) { c.network = *Network::parse("10.0.0.0/8"); }, false},
      {"no address at all",
       [](auto& c, auto& e, auto&) {
         c.network = *Network::parse("0.0.0.0/0");
         e.address.clear();
       },
       false},
      {"key", [](auto& c, auto&, auto&) { c.key = "SHA256:his"; }, true},
      {"another key", [](auto& c, auto&, auto&) { c.key = "SHA256:x"; }, false},
      {"before", [](auto&, auto& e, auto&) { e.time = noon - std::chrono::hours(2); }, false},
      {"the first moment", [](auto& c, auto& e, auto&) { e.time = *c.from; }, true},
      {"the last moment", [](auto& c, auto& e, auto&) { e.time = c.until; }, false},
      {"his own", [](auto& c, auto&, auto&) { c.person = "Oswaldo"; }, true},
      {"hers", [](auto& c, auto&, auto&) { c.person = "Alice"; }, false},
      {"nobody's account",
       [](auto& c, auto& e, auto&) {
         c.account.clear();
         c.host = "bastion";
         e.user = "nobody";
         e.key = "x";
       },
       false},
      {"a service account",
       [](auto& c, auto& e, auto&) {
         c.account = e.user = "deploy";
         e.key.clear();
       },
       false},
      {"key and account differ", [](auto& c, auto& e, auto&) { c.account = e.user = "alice"; }, false},
      {"an unknown key", [](auto&, auto& e, auto&) { e.key = "SHA256:new"; }, false},
      {"an unknown key that is named", [](auto& c, auto& e, auto&) { c.key = e.key = "SHA256:new"; }, true},
      {"two people asked", [](auto&, auto&, auto& a) { a.approvers = 2; }, false},
      {"critical, by the team", [](auto&, auto&, auto& a) { a.severity = Severity::critical; }, true},
      {"critical, his own",
       [](auto& c, auto&, auto& a) {
         c.person = "Oswaldo";
         a.severity = Severity::critical;
       },
       false},
      {"reason needed, his own",
       [](auto& c, auto&, auto& a) {
         c.person = "Oswaldo";
         a.needs_reason = true;
       },
       false},
      {"the rule asks another", [](auto&, auto&, auto& a) { a.person = "Alice"; }, false},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    auto change = announced();
    auto event = login();
    auto approval = asked();
    row.change(change, event, approval);
    CHECK(covered(change, event, approval) == row.covered);
  }
}

TEST_CASE("a trust covers the same key, account, network and host group; anything new is asked about") {
  struct {
    const char* what;
    void (*change)(Event&, Approval&);
    bool covered;
  } const rows[] = {
      {"the same", [](auto&, auto&) {}, true},
      {"another address of the network", [](auto& e, auto&) { e.address = "203.0.113.250"; }, true},
      {"another network", [](auto& e, auto&) { e.address = "203.0.114.7"; }, false},
      {"a host of the group", [](auto& e, auto&) { e.host = "web1"; }, true},
      {"a host of another", [](auto& e, auto&) { e.host = "db1"; }, false},
      {"a host nobody configured", [](auto& e, auto&) { e.host = "new"; }, false},
      {"another account of his", [](auto& e, auto&) { e.user = "shared"; }, false},
      {"another key", [](auto& e, auto&) { e.key = "SHA256:new"; }, false},
      {"a certificate instead", [](auto& e, auto&) { e.certificate = "oswaldo"; }, false},
      {"no key", [](auto& e, auto&) { e.key.clear(); }, false},
      {"critical by now", [](auto&, auto& a) { a.severity = Severity::critical; }, false},
      {"eight hours later", [](auto& e, auto&) { e.time = noon + std::chrono::hours(8); }, false},
      {"before it was said", [](auto& e, auto&) { e.time = noon - std::chrono::seconds(1); }, false},
  };
  const auto made = trust();
  for (const auto& row : rows) {
    CAPTURE(row.what);
    auto event = login();
    auto approval = asked();
    row.change(event, approval);
    CHECK(covered(made, event, approval) == row.covered);
  }
}

TEST_CASE("a trust's host is a name, never a pattern") {
  auto event = login();
  event.host = "*";
  const auto directory = house();
  const auto made = trusts(asked(), {event}, said_at_noon(), noon + std::chrono::hours(8), directory);
  REQUIRE(made.size() == 1);
  CHECK_FALSE(covered(made.front(), login()));
}

TEST_CASE("one trust for each group of hosts, none of what can't be told again") {
  const auto directory = house();
  const auto said = said_at_noon();
  auto web1 = login(), db1 = login(), unknown = login(), password = login();
  web1.host = "web1";
  db1.host = "db1";
  unknown.key = "SHA256:new";
  password.key.clear();
  const auto until = noon + std::chrono::hours(8);
  CHECK(trusts(asked(), {login(), web1, db1, login()}, said, until, directory).size() == 2);
  CHECK(trusts(asked(), {unknown, password}, said, until, directory).empty());
  auto rerouted = asked();
  rerouted.person.clear();
  CHECK(trusts(rerouted, {login()}, said, until, directory).empty());
}

TEST_CASE("who may announce what, and what they are told otherwise") {
  struct {
    const char* what;
    Actor by;
    void (*change)(ExpectedChange&);
    const char* refused;  // a part of the reason; null: kept
  } const rows[] = {
      {"the team", {"Sec", true, true}, [](auto&) {}, nullptr},
      {"a token", {"token", true, false}, [](auto&) {}, nullptr},
      {"himself", {"Oswaldo", false, true}, [](auto&) {}, nullptr},
      {"himself, by key alone",
       {"Oswaldo", false, true},
       [](auto& c) {
         c.account.clear();
         c.key = "SHA256:his";
       },
       nullptr},
      {"hers", {"Oswaldo", false, true}, [](auto& c) { c.account = "alice"; }, "not yours"},
      {"a service's", {"Oswaldo", false, true}, [](auto& c) { c.account = "deploy"; }, "not yours"},
      {"a stranger", {"U9", false, true}, [](auto&) {}, "only the security team"},
      {"no reason", {"Sec", true, true}, [](auto& c) { c.reason.clear(); }, "needs a reason"},
      {"no scope", {"Sec", true, true}, [](auto& c) { c.account.clear(); }, "needs a scope"},
      {"any host is no scope",
       {"Sec", true, true},
       [](auto& c) {
         c.account.clear();
         c.host = "*";
       },
       "needs a scope"},
      {"any address is no scope",
       {"Sec", true, true},
       [](auto& c) {
         c.account.clear();
         c.network = *Network::parse("0.0.0.0/0");
       },
       "needs a scope"},
      {"nor is any of IPv6",
       {"Sec", true, true},
       [](auto& c) {
         c.account = "*";
         c.host = "**";
         c.network = *Network::parse("::/0");
       },
       "needs a scope"},
      {"nor IPv4 as IPv6 writes it",
       {"Sec", true, true},
       [](auto& c) {
         c.account.clear();
         c.network = *Network::parse("::ffff:0:0/96");
       },
       "needs a scope"},
      {"any address of one account",
       {"Sec", true, true},
       [](auto& c) { c.network = *Network::parse("0.0.0.0/0"); },
       nullptr},
      {"a key that is none", {"Sec", true, true}, [](auto& c) { c.key = "nonsense"; }, "no key's fingerprint"},
      {"half a fingerprint", {"Sec", true, true}, [](auto& c) { c.key = "MD5:aa:bb"; }, "no key's fingerprint"},
      {"an old fingerprint",
       {"Sec", true, true},
       [](auto& c) { c.key = "MD5:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff"; },
       nullptr},
      {"over already", {"Sec", true, true}, [](auto& c) { c.until = noon; }, "is past"},
      {"too long",
       {"Sec", true, true},
       [](auto& c) { c.until = noon + std::chrono::hours(24 * 31); },
       "at most 30 days"},
      {"backwards",
       {"Sec", true, true},
       [](auto& c) { c.from = noon + std::chrono::hours(3); },
       "ends before it begins"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    auto change = announced();
    change.id = {};
    change.reason = "kernel updates";
    row.change(change);
    const auto allowed = announce(change, row.by, house(), noon);
    CHECK(allowed.has_value() == (row.refused == nullptr));
    if (!allowed) CHECK(allowed.error().message.find(row.refused) != std::string::npos);
    if (!allowed) continue;
    CHECK(change.author == row.by.name);
    CHECK(change.person == (row.by.security ? "" : row.by.name));
    CHECK(*change.from >= noon);
  }
}

TEST_CASE("the team, its author and whom it is for may end it, once") {
  auto change = announced();
  change.author = "Oswaldo";
  CHECK(may_end(change, {"Oswaldo", false, true}, noon));
  CHECK(may_end(change, {"Sec", true, true}, noon));
  CHECK_FALSE(may_end(change, {"Alice", false, true}, noon));
  CHECK_FALSE(may_end(change, {"Oswaldo", false, false}, noon));
  CHECK_FALSE(may_end(change, {"Sec", true, true}, change.until));
  change.ended_at = noon;
  CHECK_FALSE(may_end(change, {"Sec", true, true}, noon));
}

TEST_CASE("whose it was takes back what was said in their name, once, and nobody else does") {
  auto approval = asked();
  approval.state = ApprovalState::approved;
  approval.events = {{Id{1}, ApprovalState::approved}, {Id{2}, ApprovalState::pending}};
  Word word;
  word.act = Act::deny;
  word.disputes = true;
  word.by = {"Oswaldo", false, true};
  const auto said = decide(approval, word);
  REQUIRE(said);
  CHECK(said->settled == std::vector<Id>{Id{1}});
  CHECK(said->alarm);
  CHECK(said->revises);
  CHECK(said->state == ApprovalState::denied);
  word.by = {"Sec", true, true};
  CHECK(decide(approval, word).error().fault == Fault::forbidden);
  word.by = {"Oswaldo", true, false};
  CHECK(decide(approval, word).error().fault == Fault::forbidden);
  word.by = {"Oswaldo", false, true};
  approval.events[0].state = ApprovalState::denied;
  CHECK(decide(approval, word).error().fault == Fault::conflict);
}
