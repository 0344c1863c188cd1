#include "core/directory.hpp"

#include <doctest/doctest.h>

using namespace countersign;
using namespace countersign::core;

namespace {

const Timestamp noon = *parse_rfc3339("2026-11-20T12:00:00Z");

Directory house() {
  Directory::Entries entries;
  entries.people = {
      {"Alice", "U1", "", {{"alice", "*"}, {"ubuntu", "web*"}}, {"SHA256:alice"}, {}},
      {"Bob", "U2", "", {{"bob", "*"}, {"ubuntu", "web*"}}, {"SHA256:bob"}, {{"bob@example.com", "SHA256:ca"}}},
      {"Carol", "U3", "", {{"carol", "*"}}, {}, {}},
      {"Dan", "", "", {{"shared", "*"}}, {}, {}},
      {"Eve", "", "", {{"shared", "*"}}, {"SHA256:eve"}, {}},
  };
  ServiceAccount deploy{"deploy", "ships releases", "Alice", {"SHA256:ci"}, {*Network::parse("10.0.0.0/8")}, {"web*"},
                        {}};
  ServiceAccount backup{"backup", "", "", {}, {}, {}, {}};
  ServiceAccount old{"legacy", "", "", {"SHA256:old"}, {}, {}, std::chrono::year(2026) / 11 / 19};
  entries.services = {deploy, backup, old};
  entries.hosts = {{"bastion", {"bastion.test"}, {}, {}, false, false},
                   {"web-main", {"10.0.0.5"}, {}, {}, false, false}};
  entries.expected = {{"carol",
                       "bastion",
                       "",
                       "database move",
                       "Alice",
                       {},
                       noon - std::chrono::hours(1),
                       noon + std::chrono::hours(1)}};
  return Directory(std::move(entries));
}

Event login(const char* user, const char* host, const char* key = "", const char* address = "203.0.113.7") {
  Event event;
  event.time = noon;
  event.action = "ssh_login";
  event.user = user;
  event.host = host;
  event.key = key;
  event.address = address;
  event.method = *key ? "publickey" : "password";
  return event;
}

}  // namespace

TEST_CASE("an event leads to a person by certificate, then key, then account") {
  const auto directory = house();
  Event by_certificate = login("root", "db1", "SHA256:alice");
  by_certificate.certificate = "bob@example.com";
  by_certificate.authority = "SHA256:ca";
  Event other_authority = login("root", "db1", "SHA256:alice");
  other_authority.certificate = "bob@example.com";
  other_authority.authority = "SHA256:evil";

  const struct {
    Event event;
    std::string person, basis;
    bool to_channel, expected;
    std::string says;
  } table[] = {
      {by_certificate, "Bob", "certificate", false, false, ""},
      {other_authority, "Alice", "key", false, false, ""},
      {login("alice", "db1", "SHA256:alice"), "Alice", "key", false, false, ""},
      {login("alice", "db1"), "Alice", "account", false, false, ""},
      {login("root", "db1", "SHA256:bob"), "Bob", "key", false, false, ""},
      {login("ubuntu", "web1", "SHA256:alice"), "Alice", "key", false, false, ""},
      {login("ubuntu", "web1", "SHA256:bob"), "Bob", "key", false, false, ""},
      {login("ubuntu", "web1"), "", "nobody", true, false, "shared by Alice, Bob"},
      {login("ubuntu", "web1", "SHA256:stranger"), "", "nobody", true, false, "shared by"},
      {login("ubuntu", "db1"), "", "nobody", true, false, "nobody is known for account ubuntu"},
      {login("ubuntu", "10.0.0.5", "SHA256:bob"), "Bob", "key", false, false, ""},
      {login("shared", "db1", "SHA256:new"), "Dan", "account", false, false, ""},
      {login("shared", "db1"), "", "nobody", true, false, "proves none"},
      {login("alice", "db1", "SHA256:bob"), "Bob", "key", true, false,
       "the key is Bob's, the account alice is Alice's"},
      {login("mallory", "db1", "SHA256:who"), "", "nobody", true, false, "nobody is known for account mallory"},
      {login("", "db1"), "", "nobody", true, false, "names no account"},
      // service accounts: a person's key beats them, a policy covers what conforms, a deviation says which
      {login("deploy", "web1", "SHA256:alice"), "Alice", "key", false, false, ""},
      {login("deploy", "web1", "SHA256:ci", "10.1.1.1"), "", "service_account", false, true, "conforms"},
      {login("deploy", "web1", "SHA256:other", "10.1.1.1"), "", "service_account", true, false, "key its policy"},
      {login("deploy", "web1", "", "10.1.1.1"), "", "service_account", true, false, "without a key"},
      {login("deploy", "web1", "SHA256:ci", "203.0.113.7"), "", "service_account", true, false, "outside its networks"},
      {login("deploy", "db1", "SHA256:ci", "10.1.1.1"), "", "service_account", true, false, "outside its hosts"},
      {login("deploy", "10.0.0.5", "SHA256:ci", "10.1.1.1"), "", "service_account", false, true, "conforms"},
      {login("backup", "db1", "SHA256:x"), "", "service_account", true, false, "no policy"},
      {login("legacy", "db1", "SHA256:old"), "", "service_account", true, false, "due for review"},
      // expected changes have a scope
      {login("carol", "bastion"), "Carol", "account", false, true, "database move (Alice)"},
      {login("carol", "db1"), "Carol", "account", false, false, ""},
  };
  for (const auto& row : table) {
    CAPTURE(row.event.user);
    CAPTURE(row.event.host);
    CAPTURE(row.event.key);
    const auto found = directory.attribute(row.event);
    CHECK(found.person == row.person);
    CHECK(found.basis == row.basis);
    CHECK(found.to_channel == row.to_channel);
    CHECK(found.expected == row.expected);
    CHECK_MESSAGE(found.reason.find(row.says) != std::string::npos, found.reason);
  }
}

TEST_CASE("key and account of two people: both are told") {
  const auto found = house().attribute(login("alice", "db1", "SHA256:bob"));
  CHECK(found.person == "Bob");
  CHECK(found.told == std::vector<std::string>{"Alice"});
}

TEST_CASE("a key not listed for somebody who lists keys is said to be unknown") {
  CHECK(house().attribute(login("alice", "db1", "SHA256:new")).unknown_key);
  CHECK_FALSE(house().attribute(login("carol", "db1", "SHA256:new")).unknown_key);
  CHECK_FALSE(house().attribute(login("alice", "db1", "SHA256:alice")).unknown_key);
}

TEST_CASE("an expected change covers its span only") {
  const auto directory = house();
  auto event = login("carol", "bastion");
  event.time = noon + std::chrono::hours(1);
  CHECK_FALSE(directory.attribute(event).expected);
  event.time = noon - std::chrono::hours(2);
  CHECK_FALSE(directory.attribute(event).expected);
}

TEST_CASE("hosts are found by name and alias") {
  const auto directory = house();
  CHECK(directory.host("bastion.test")->name == "bastion");
  CHECK(directory.host("bastion")->name == "bastion");
  CHECK(directory.host("elsewhere") == nullptr);
}
