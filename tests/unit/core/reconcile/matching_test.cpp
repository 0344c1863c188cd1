#include <doctest/doctest.h>

#include "core/reconcile/comparison.hpp"
#include "core/reconcile/matching.hpp"
#include "unit/core/reconcile/sayings.hpp"

using namespace countersign;
using namespace countersign::core;
using namespace countersign::core::reconcile_test;

namespace {

Testimony second(Testimony a) {
  a.source = "loki";
  return a;
}
Testimony stamped_on_arrival(Testimony a) {
  a.arrival_stamped = true;
  return a;
}
Testimony user(Testimony a, std::string name) {
  return with(std::move(a), [&](Event& e) { e.user = std::move(name); });
}
Testimony port(Testimony a, std::optional<std::int64_t> number) {
  return with(std::move(a), [&](Event& e) { e.port = number; });
}
Testimony pid(Testimony a, std::optional<std::int64_t> number) {
  return with(std::move(a), [&](Event& e) { e.pid = number; });
}
Testimony address(Testimony a, std::string text) {
  return with(std::move(a), [&](Event& e) { e.address = std::move(text); });
}
Testimony contained(Testimony a, std::string inner) {
  return with(std::move(a), [&](Event& e) { set_field(e, "process.namespace_pid", std::move(inner)); });
}
Testimony host(Testimony a, std::string name) {
  return with(std::move(a), [&](Event& e) { e.host = std::move(name); });
}

}  // namespace

TEST_CASE("a witness that tells no port may mean a login") {
  const auto record = [](Duration at = Duration::zero()) {
    auto said = says("kernel", "osquery", at);
    said.event.port.reset();
    said.event.pid = 9000;
    return said;
  };
  const struct {
    const char* name;
    Testimony a, b;
    bool expected;
  } table[] = {
      {"the same account, client and time", log(), record(), true},
      {"the other way", record(), log(), true},
      {"at the window's edge", log(), record(minutes(2)), true},
      {"past it", log(), record(minutes(2) + Duration(1)), false},
      {"another host", log(), host(record(), "web2"), false},
      {"another account", log(), user(record(), "bob"), false},
      {"another client", log(), address(record(), "203.0.113.8"), false},
      {"no client named", address(log(), ""), address(record(), ""), false},
      {"no account named, another process", log(), user(record(), ""), false},
      {"no account named, the same process", log(), user(pid(record(), 4243), ""), true},
      {"a program's claim without a port", log(), with(says("api", "deployer"), [](Event& e) { e.port.reset(); }),
       false},
      {"both tell a port", log(), says("kernel", "osquery"), false},
      {"the same source", record(), record(seconds(5)), false},
      {"an agent's account", kernel(), record(), true},
  };
  for (const auto& row : table) {
    CAPTURE(row.name);
    CHECK(alike(row.a, row.b, {}, minutes(2)) == row.expected);
  }
}

TEST_CASE("records of one process that the kernel stamped are one connection, without a port too") {
  const auto record = [](std::int64_t process) {
    auto said = says("kernel", "auditd");
    said.event.port.reset();
    said.event.pid = process;
    return said;
  };
  CHECK(relation(record(4243), record(4243), {}, minutes(2)) == Relation::login);
  CHECK(relation(record(4243), record(4244), {}, minutes(2)) == Relation::none);
  CHECK(relation(record(4243), kernel(), {}, minutes(2)) == Relation::login);
  CHECK(relation(record(4243), log(), {}, minutes(2)) == Relation::login);
}

TEST_CASE("which accounts tell of one login, of one connection, of nothing in common") {
  using R = Relation;
  const struct {
    const char* name;
    Testimony a, b;
    Relation expected;
  } table[] = {
      {"log and kernel of one login", log(), kernel(), R::login},
      {"10 ms apart", log(), kernel(Duration(10'000)), R::login},
      {"at the window's edge", log(), kernel(minutes(2)), R::login},
      {"just past it", log(), kernel(minutes(2) + Duration(1)), R::none},
      {"just past it, the other way", log(minutes(2) + Duration(1)), kernel(), R::none},
      {"two log streams", log(), second(log(seconds(90))), R::login},
      {"two log streams, the port used again later", log(), second(log(minutes(3))), R::none},
      {"another host", log(), host(kernel(), "web2"), R::none},
      {"another port, another process", log(), pid(port(kernel(), 50002), 4300), R::none},
      {"several in one second from behind NAT", log(), pid(port(kernel(Duration(1000)), 50002), 4244), R::none},
      {"another address at the same port, another process", log(), pid(address(kernel(), "203.0.113.8"), 4300),
       R::none},
      {"another user at the same connection", log(), user(kernel(), "bob"), R::connection},
      {"another user, and the log names no process", pid(log(), std::nullopt), user(kernel(), "bob"), R::connection},
      {"the port used again within the window by another", pid(user(log(seconds(60)), "bob"), 4300), kernel(), R::none},
      {"the same, told by two logs", pid(user(log(seconds(60)), "bob"), 4300), log(), R::none},
      {"the same user's port used again within the window: one by contract", pid(log(seconds(60)), 4300), log(),
       R::login},
      {"the kernel saw two processes there", pid(kernel(seconds(60)), 4300), kernel(), R::none},
      {"the kernel told of it twice", kernel(Duration(500)), kernel(), R::login},
      {"the log names no user", user(log(), ""), kernel(), R::login},
      {"the address by its name, the same process", address(log(), "laptop.example"), kernel(), R::login},
      {"the address by its name, no process named", pid(address(log(), "laptop.example"), std::nullopt), kernel(),
       R::none},
      {"UNKNOWN port 65535, the same process", port(address(log(), "UNKNOWN"), 65535), kernel(), R::login},
      {"another address, the same process", address(log(), "198.51.100.1"), kernel(), R::login},
      {"another address, the same process, but two lines say so", second(address(log(), "198.51.100.1")), log(),
       R::none},
      {"another port, the same process", port(log(), 50009), kernel(), R::none},
      {"no port, the same process", port(log(), std::nullopt), kernel(), R::login},
      {"no port, another process", pid(port(log(), std::nullopt), 1), kernel(), R::none},
      {"the process by its number in the container", pid(address(log(), "laptop"), 17), contained(kernel(), "17"),
       R::login},
      {"inside a container, both ends agree anyway", pid(log(), 17), contained(kernel(), "17"), R::login},
      {"stamped on arrival, a minute late", stamped_on_arrival(log(minutes(3))), kernel(), R::login},
      {"stamped on arrival, too late", stamped_on_arrival(log(minutes(5))), kernel(), R::none},
      {"stamped on arrival, before it happened", stamped_on_arrival(log(-minutes(3))), kernel(), R::none},
      {"two logs, one stamped on arrival: by their stamps", stamped_on_arrival(log(minutes(3))), second(log()),
       R::none},
  };
  for (const auto& row : table) {
    INFO(row.name);
    CHECK(relation(row.a, row.b, {}, minutes(2)) == row.expected);
    CHECK(relation(row.b, row.a, {}, minutes(2)) == row.expected);  // order tells nothing
  }
}

TEST_CASE("what was learnt of a source sets its stamps right") {
  Streams streams;
  auto& stream = streams.of("papertrail", "log");
  const auto apart = [&](Duration offset) { return relation(log(offset), kernel(), streams, minutes(2)); };
  CHECK(apart(hours(1)) == Relation::none);
  for (int i = 0; i < 19; ++i)
    stream.offset.add(hours(1) + seconds(i % 5));
  CHECK(apart(hours(1)) == Relation::none);  // nothing is concluded from 19
  stream.offset.add(hours(1));
  CHECK(apart(hours(1)) == Relation::login);
  CHECK(apart(Duration::zero()) == Relation::none);
  SUBCASE("a small offset changes nothing: what lies at the window's edge stays where it is") {
    for (int i = 0; i < 64; ++i)
      stream.offset.add(seconds(20));
    CHECK(apart(minutes(2)) == Relation::login);
    CHECK(apart(minutes(2) + seconds(10)) == Relation::none);
  }
  SUBCASE("a source that stamps arrival, by its worst delay") {
    for (int i = 0; i < 20; ++i)
      stream.lag.add(minutes(i));
    CHECK(relation(stamped_on_arrival(log(minutes(20))), kernel(), streams, minutes(2)) == Relation::login);
    CHECK(relation(stamped_on_arrival(log(minutes(22))), kernel(), streams, minutes(2)) == Relation::none);
  }
}

TEST_CASE("in what two accounts differ") {
  const auto change = [](auto apply) { return with(log(), apply); };
  const struct {
    const char* name;
    Testimony log;
    std::vector<std::string> expected;  // each a part of one
  } table[] = {
      {"nothing", log(), {}},
      {"the user", user(log(), "bob"), {"user: papertrail (log) says bob, agent:web1 (kernel) says alice"}},
      {"the key", change([](Event& e) { e.key = "SHA256:other"; }), {"key: "}},
      {"the key by another digest", change([](Event& e) { e.key = "MD5:00:11"; }), {}},
      {"the key where one tells none", change([](Event& e) { e.key.clear(); }), {}},
      {"a certificate's key",
       change([](Event& e) {
         e.key_type = "ED25519-CERT";
         e.key = "SHA256:cert";
       }),
       {}},
      {"the method", change([](Event& e) { e.method = "password"; }), {"method: "}},
      {"the method's device", change([](Event& e) { e.method = "publickey/x"; }), {}},
      {"a method that one can't know", change([](Event& e) { e.method = "none"; }), {}},
      {"the address", address(log(), "198.51.100.1"), {"address: "}},
      {"the address by its name", address(log(), "laptop.example"), {}},
      {"the address's zone", address(log(), "203.0.113.7%eth0"), {}},
      {"everything",
       with(address(user(log(), "bob"), "198.51.100.1"),
            [](Event& e) {
              e.key = "SHA256:b";
              e.method = "password";
            }),
       {"user: ", "key: ", "method: ", "address: "}},
  };
  for (const auto& row : table) {
    INFO(row.name);
    const auto found = differences(row.log, kernel());
    CHECK(found == differences(kernel(), row.log));
    REQUIRE(found.size() == row.expected.size());
    for (std::size_t i = 0; i < found.size(); ++i)
      CHECK_MESSAGE(found[i].words.contains(row.expected[i]), found[i].words);
  }
}

TEST_CASE("certificates differ where both witnesses tell a part and not the same") {
  const auto certified = [](Testimony said, std::string id, std::string serial, std::string authority) {
    return with(std::move(said), [&](Event& event) {
      event.certificate = std::move(id);
      event.serial = std::move(serial);
      event.authority = std::move(authority);
    });
  };
  const auto seen = certified(kernel(), "alice", "7", "SHA256:ca");
  const struct {
    const char* name;
    Testimony log;
    const char* words;  // a part of the one difference; empty: they agree
  } table[] = {
      {"the same", certified(log(), "alice", "7", "SHA256:ca"), ""},
      {"the id", certified(log(), "bob", "7", "SHA256:ca"), "says certificate bob"},
      {"the CA", certified(log(), "alice", "7", "SHA256:other"),
       "key: papertrail (log) says certificate alice (serial 7) of CA SHA256:other, agent:web1 (kernel) says "
       "certificate alice (serial 7) of CA SHA256:ca"},
      {"the CA alone is told", certified(log(), "", "", "SHA256:other"), "key: "},
      {"the serial", certified(log(), "alice", "8", "SHA256:ca"), "serial 8"},
      {"the CA by another digest", certified(log(), "alice", "7", "MD5:00:11"), ""},
      {"no CA is told", certified(log(), "alice", "7", ""), ""},
      {"no serial is told", certified(log(), "alice", "", "SHA256:ca"), ""},
      {"the serial in another writing", certified(log(), "alice", "0x7", "SHA256:ca"), ""},
      // A line that was cut, or an agent's copy of a long certificate, tells the key alone.
      {"the key alone", log(), ""},
      {"the key alone, by another fingerprint", with(log(), [](Event& e) { e.key = "SHA256:whole"; }), ""},
  };
  for (const auto& row : table) {
    INFO(row.name);
    const auto found = differences(row.log, seen);
    CHECK(found == differences(seen, row.log));
    REQUIRE(found.size() == (*row.words ? 1 : 0));
    for (const auto& difference : found)
      CHECK_MESSAGE(difference.words.contains(row.words), difference.words);
  }
}
