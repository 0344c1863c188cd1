#include "core/host_name.hpp"

#include <doctest/doctest.h>

#include "core/directory.hpp"
#include "core/expected.hpp"
#include "core/query.hpp"
#include "core/rules/condition.hpp"

namespace core = countersign::core;

TEST_CASE("a host's name has one spelling") {
  const struct {
    const char* sent;
    const char* canonical;
  } rows[] = {{"", ""},
              {"bastion", "bastion"},
              {"BASTION", "bastion"},
              {"Bastion.Example.COM.", "bastion.example.com"},
              {"bastion.", "bastion"},
              {"bastion..", "bastion.."},  // no name of DNS: not bastion's
              {".", "."},
              {"..", ".."},
              {"B\xC3\x9C"
               "CHER",
               "b\xC3\x9C"
               "cher"},
              {"WEB-1_A", "web-1_a"},
              {" Bastion", " bastion"},
              {"2001:DB8::1", "2001:db8::1"}};
  for (const auto& row : rows) {
    CAPTURE(row.sent);
    CHECK(core::canonical_host(row.sent) == row.canonical);
    CHECK(core::canonical_host(row.canonical) == row.canonical);
  }
}

TEST_CASE("a pattern means a host under every spelling, and no other host") {
  const struct {
    const char* pattern;
    const char* name;
    bool means;
  } rows[] = {{"*", "x", true},
              {"*", "", true},
              {"Web*", "web1.", true},
              {"web*", "WEB1", true},
              {"web*.test", "Web1.Test.", true},
              {"bastion", "bastion.", true},
              {"bastion.", "BASTION", true},
              {"web1", "web10", false},
              {"web1", "web1..", false},
              {"web1", "", false},
              {"web1", "xweb1", false},
              {"web1.test", "web1", false}};
  for (const auto& row : rows) {
    CAPTURE(row.pattern);
    CAPTURE(row.name);
    CHECK(core::host_glob(row.pattern, row.name) == row.means);
  }
}

TEST_CASE("a host is found under every spelling of its name and aliases, wherever it is asked for") {
  core::Directory::Entries entries;
  core::Host host;
  host.name = "Bastion";
  host.aliases = {"Bastion.Test"};
  host.groups = {"doors"};
  entries.hosts = {host};
  core::Person alice;
  alice.name = "Alice";
  alice.accounts = {{"alice", "BAST*"}};
  entries.people = {alice};
  const core::Directory directory(std::move(entries));
  for (const auto* name : {"bastion", "BASTION", "bastion.", "bastion.test", "BASTION.TEST."}) {
    CAPTURE(name);
    REQUIRE(directory.host(name));
    CHECK(directory.host_name(name) == "bastion");
    core::Event event;
    event.user = "alice";
    event.host = name;
    CHECK(directory.attribute(event).person == "Alice");
    core::ExpectedChange change;
    change.host = "Bastion";
    CHECK(core::in_scope(change, event, "Alice", directory));
    CHECK(core::matches(*core::parse_query("host.name=BAST*"), event));
    core::Condition condition;
    condition.when = {core::make_comparison("host.name", {"Bastion", "bastion.test"})};
    CHECK(core::holds(condition, event));
  }
  CHECK(directory.host("bastion..") == nullptr);
  CHECK(directory.host_name("Web1.") == "web1");
  CHECK(directory.host_name("").empty());
}
