#include "core/email.hpp"

#include <doctest/doctest.h>

#include "core/directory.hpp"

using namespace countersign;
using namespace countersign::core;

TEST_CASE("a sign-in leads to the person whose e-mail address is declared, exactly") {
  Directory::Entries entries;
  entries.people = {{"Alice", "U1", "Alice@Example.com", {{"alice", "*"}, {"ubuntu", "*"}}, {}, {}},
                    {"Bob", "U2", "bob@example.com", {{"bob", "*"}, {"ubuntu", "*"}}, {}, {}},
                    {"Carol", "U3", "", {}, {"SHA256:carol"}, {}}};
  entries.services = {{"alice@robots.example.com", "", "", {}, {}, {}, {}}};
  const Directory directory(std::move(entries));
  const std::string sso = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_abc/";
  const struct {
    const char* about;
    std::string user, email, host, provider, key, rule;
    const char* person;
    const char* basis;
    bool to_channel;
  } rows[] = {
      {"Okta", "alice@example.com", "alice@example.com", "", "okta", "", "okta.signin", "Alice", "email", false},
      {"no user.email", "ALICE@example.COM", "", "", "", "", "teleport.login", "Alice", "email", false},
      {"a stream's name as the host", "alice@example.com", "", "stream-1", "okta", "", "r", "Alice", "email", false},
      {"AWS SSO", sso + "alice@example.com", "", "", "aws", "", "aws.console", "Alice", "email", false},
      {"another role, whose session's name is anybody's choice",
       "arn:aws:sts::123456789012:assumed-role/Admin/alice@example.com", "", "", "aws", "", "aws.console", "", "nobody",
       true},
      {"a role's path", sso + "x/alice@example.com", "", "", "aws", "", "aws.console", "", "nobody", true},
      {"another domain", "alice@example.org", "", "", "okta", "", "okta.signin", "", "nobody", true},
      {"a longer one", "xalice@example.com", "", "", "okta", "", "okta.signin", "", "nobody", true},
      {"two addresses", "alice@example.com@evil.test", "", "", "okta", "", "okta.signin", "", "nobody", true},
      {"never an address of a name", "carol", "carol@example.com", "", "okta", "", "okta.signin", "", "nobody", true},
      {"a unix account of that name on a host", "alice@example.com", "", "web1", "", "", "sshd.accepted", "", "nobody",
       true},
      {"what a program posts is led as before", "alice@example.com", "", "", "", "", "", "", "nobody", true},
      {"a key comes first", "bob@example.com", "bob@example.com", "", "okta", "SHA256:carol", "r", "Carol", "key",
       false},
      {"a shared account, and the address tells who", "ubuntu", "bob@example.com", "web1", "", "", "teleport.session",
       "Bob", "email", false},
      {"another's account: both are told", "bob", "alice@example.com", "web1", "", "", "teleport.session", "Bob",
       "account", true},
      {"a service account", "alice@robots.example.com", "alice@example.com", "", "okta", "", "okta.signin", "",
       "service_account", true},
  };
  for (const auto& row : rows) {
    CAPTURE(row.about);
    Event event;
    event.rule = row.rule;
    event.user = row.user;
    event.host = row.host;
    event.key = row.key;
    if (!row.email.empty()) set_field(event, "user.email", row.email);
    if (!row.provider.empty()) set_field(event, "event.provider", row.provider);
    const auto found = directory.attribute(event);
    CHECK(found.person == row.person);
    CHECK(found.basis == row.basis);
    CHECK(found.to_channel == row.to_channel);
  }
}
