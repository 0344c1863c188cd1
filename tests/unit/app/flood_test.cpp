// Who can write log lines can't bury a person in questions: beyond the bound the rest is one finding of the channel's.
// Nor do they make the real event among them easier to approve: it never waits in what demands less than itself.
#include "unit/app/house.hpp"

namespace countersign::test {
namespace {

/// Logins that no burst joins: each from an address of its own.
void forge(House& house, int from, int until, const std::string& user = "alice",
           const std::string& key = "SHA256:alice") {
  std::vector<core::Record> records;
  for (int i = from; i < until; ++i)
    records.push_back(login(house.clock, fmt::format("{}{}", user, i), user, 1000 + i, key, "bastion",
                            fmt::format("203.0.{}.{}", i / 250, i % 250)));
  house.post(std::move(records));
}

std::vector<app::FullApproval> floods(House& house) {
  app::ApprovalFilter filter;
  filter.kind = "finding";
  return house.read([&](app::View& view) { return view.approvals(filter); }).rows;
}

}  // namespace

TEST_CASE("the hundredth question is asked, the hundred-and-first is the finding's") {
  House house;
  forge(house, 0, 100);
  CHECK(house.chat.count("Alice", "ask") == 100);
  CHECK(floods(house).empty());
  forge(house, 100, 101);
  CHECK(house.chat.count("Alice", "ask") == 100);
  REQUIRE(floods(house).size() == 1);
  auto flood = floods(house)[0];
  CHECK(flood.approval.addressed_to == core::security_channel);
  CHECK(flood.approval.person.empty());
  CHECK(flood.approval.subject == "Alice");
  CHECK(flood.approval.reason.starts_with("Alice was asked 100 questions within 1h"));
  CHECK(flood.events.size() == 2);  // its own and the login

  SUBCASE("a thousand more join it, through a restart, and are decided with it") {
    house.restart();
    forge(house, 101, 1101);
    REQUIRE(floods(house).size() == 1);
    CHECK(house.chat.count("Alice", "ask") == 100);
    CHECK(house.chat.count(core::security_channel, "ask") == 1);
    const auto pending = floods(house)[0].approval;
    CHECK(pending.state == core::ApprovalState::pending);
    CHECK(pending.events.size() == 1002);
    CHECK(!house.say(pending.id, says(core::Act::approve, "Alice")));
    REQUIRE(house.say(pending.id, says(core::Act::deny, "Sec", true)));
  }
  SUBCASE("others are asked as ever, and so is she when the hour is over") {
    forge(house, 0, 3, "bob", "");
    CHECK(house.chat.count("Bob", "ask") == 3);
    house.pass(std::chrono::minutes(70), std::chrono::minutes(10));
    forge(house, 2000, 2001);
    CHECK(house.chat.count("Alice", "ask") == 101);
  }
  SUBCASE("a burst that is open takes what belongs to it") {
    house.post(login(house.clock, "again", "alice", 9, "SHA256:alice", "web1", "203.0.0.5"));
    CHECK(floods(house)[0].events.size() == 2);
  }
}

TEST_CASE("the bound is configured; none is none") {
  House house;
  house.schedule.questions_at_most = 2;
  house.schedule.questions_within = std::chrono::minutes(10);
  house.apply_schedule();
  forge(house, 0, 5);
  CHECK(house.chat.count("Alice", "ask") == 2);
  house.schedule.questions_at_most = 0;
  house.apply_schedule();
  forge(house, 10, 150);
  CHECK(house.chat.count("Alice", "ask") == 142);
}

namespace {

/// What the way in demands, by its method: the rules' cases; and web1 is critical, whatever comes there.
std::shared_ptr<const app::Policy> demanding(const core::Schedule& schedule) {
  const auto by_method = [](const char* method) {
    core::Case found;
    found.condition.when = {core::make_comparison("ssh.method", {method})};
    return found;
  };
  auto two = by_method("two"), reason = by_method("reason"), both = by_method("both");
  two.approvers = both.approvers = 2;
  reason.reason = both.reason = true;
  auto zed = by_method("zed");
  zed.to = "Bob";
  core::Rule accepted;
  accepted.id = "sshd.accepted";
  accepted.programs = {"sshd"};
  accepted.pattern = R"(Accepted (?P<method>\w+) for (?P<user>\S+) from (?P<addr>\S+) port (?P<port>\d+) ssh2)";
  accepted.action = "ssh_login";
  accepted.witness = core::Witness::sshd;
  accepted.fields = {{"ssh.method", "method"}, {"user.name", "user"}, {"source.ip", "addr"}, {"source.port", "port"}};
  accepted.cases = {two, reason, both, zed};
  std::vector<core::Rule> rules;
  rules.push_back(std::move(accepted));
  core::Directory::Entries entries;
  entries.people = {{"Alice", "U1", "", {{"alice", "*"}}, {}, {}}, {"Bob", "U2", "", {{"bob", "*"}}, {}, {}}};
  core::Host web1;
  web1.name = "web1";
  web1.severity = core::Severity::critical;
  entries.hosts = {web1};
  return std::make_shared<const app::Policy>(app::Policy{*core::Engine::compile(std::move(rules)),
                                                         core::Directory(std::move(entries)), schedule,
                                                         std::chrono::minutes(2)});
}

struct Way {
  std::string method = "publickey", host = "bastion", user = "alice";
};

/// Lines that no burst joins, of one way in.
void come(House& house, int from, int until, const Way& way = {}) {
  std::vector<core::Record> records;
  for (int i = from; i < until; ++i) {
    auto line = login(house.clock, fmt::format("{}{}{}{}", way.method, way.host, way.user, i), way.user, 1000 + i, "",
                      way.host, fmt::format("203.0.{}.{}", i / 250, i % 250));
    line.message.replace(line.message.find("password"), 8, way.method);
    records.push_back(std::move(line));
  }
  house.post(std::move(records));
}

struct Strict {
  const char* name;
  Way way;
  core::Severity asked, found;  // of the question, and of the finding where there are too many
  int approvers;
  bool reason;
};

using core::Severity;
const Strict stricts[] = {{"critical", {"publickey", "web1"}, Severity::critical, Severity::critical, 1, false},
                          {"two people", {"two"}, Severity::normal, Severity::high, 2, false},
                          {"a reason", {"reason"}, Severity::normal, Severity::high, 1, true},
                          {"both", {"both"}, Severity::normal, Severity::high, 2, true},
                          {"all", {"both", "web1"}, Severity::critical, Severity::critical, 2, true}};

void demands(const core::Approval& approval, Severity severity, const Strict& strict) {
  CHECK(approval.severity == severity);
  CHECK(approval.approvers == strict.approvers);
  CHECK(approval.needs_reason == strict.reason);
  CHECK(approval.subject == "Alice");
}

/// Those that demand what `strict` does.
std::vector<app::FullApproval> floods_like(House& house, const Strict& strict) {
  auto found = floods(house);
  std::erase_if(found, [&](const app::FullApproval& full) {
    const auto& approval = full.approval;
    return approval.severity != strict.found || approval.approvers != strict.approvers ||
           approval.needs_reason != strict.reason;
  });
  return found;
}

}  // namespace

TEST_CASE("a flood of ordinary lines takes nothing from what demands more") {
  for (const auto& strict : stricts)
    for (const bool restarted : {false, true}) {
      INFO(strict.name, restarted ? ", after a restart" : "");
      House house;
      house.schedule.questions_at_most = 10;
      house.policy->replace(demanding(house.schedule));
      come(house, 0, 12);
      REQUIRE(floods(house).size() == 1);
      demands(floods(house)[0].approval, Severity::high, {"", {}, {}, {}, 1, false});
      if (restarted) {
        house.restart();
        house.policy->replace(demanding(house.schedule));
      }
      const auto asked = house.chat.count("Alice", "ask");
      for (int redelivered = 0; redelivered < 2; ++redelivered) {
        come(house, 200, 201, strict.way);
        CHECK(house.chat.count("Alice", "ask") == asked + 1);
        REQUIRE(floods(house).size() == 1);
        CHECK(floods(house)[0].events.size() == 3);
        const auto own = house.approvals()[0].approval;
        CHECK(own.kind == "login");
        CHECK(own.person == "Alice");
        CHECK(own.events.size() == 1);
        demands(own, strict.asked, strict);
      }
      come(house, 12, 20);  // and the flood goes on where it was
      CHECK(house.chat.count("Alice", "ask") == asked + 1);
      CHECK(floods(house)[0].events.size() == 11);
    }
}

TEST_CASE("what demands more in one batch with the flood is asked by itself") {
  House house;
  house.schedule.questions_at_most = 2;
  house.policy->replace(demanding(house.schedule));
  std::vector<core::Record> records;
  for (int i = 0; i < 6; ++i)
    records.push_back(login(house.clock, fmt::format("a{}", i), "alice", 1000 + i, "", i == 4 ? "web1" : "bastion",
                            fmt::format("203.0.113.{}", i)));
  house.post(std::move(records));
  CHECK(house.chat.count("Alice", "ask") == 3);
  REQUIRE(floods(house).size() == 1);
  CHECK(floods(house)[0].events.size() == 4);
}

TEST_CASE("too many that demand more are one finding that demands as much") {
  for (const auto& strict : stricts) {
    INFO(strict.name);
    House house;
    house.schedule.by_severity[static_cast<std::size_t>(Severity::critical)].repeat_every = std::chrono::minutes(1);
    const int most = &strict == &stricts[0] ? 100 : 10;
    house.schedule.questions_at_most = most;
    house.policy->replace(demanding(house.schedule));
    come(house, 0, most + most / 2, strict.way);
    CHECK(house.chat.count("Alice", "ask") == most);
    house.restart();
    house.policy->replace(demanding(house.schedule));
    come(house, most, 2 * most, strict.way);
    CHECK(house.chat.count("Alice", "ask") == most);
    REQUIRE(floods(house).size() == 1);
    const auto flood = floods(house)[0].approval;
    demands(flood, strict.found, strict);
    CHECK(flood.events.size() == 1 + most);  // its own and the logins
    come(house, 200, 201);                   // what demands less has a finding of its own as well
    REQUIRE(floods(house).size() == 2);
    CHECK(floods_like(house, strict)[0].events.size() == 1 + most);

    // It speaks again by the times of its severity.
    const auto repeats = [&] {
      return std::ranges::count_if(house.chat.delivered, [&](const auto& message) {
        return message.approval.id == flood.id && message.notification.purpose == "repeat";
      });
    };
    house.pass(std::chrono::seconds(61));
    CHECK(repeats() == (strict.found == Severity::critical ? 1 : 0));

    // And is decided as each of them would have been.
    const auto plain = house.say(flood.id, says(core::Act::approve, "Sec", true));
    CHECK(plain.has_value() == !strict.reason);
    if (strict.reason) CHECK(house.say(flood.id, says(core::Act::approve, "Sec", true, "a drill")));
    CHECK(!house.say(flood.id, says(core::Act::approve, "Alice", true, "a drill")));
    CHECK(floods_like(house, strict)[0].approval.state ==
          (strict.approvers > 1 ? core::ApprovalState::pending : core::ApprovalState::approved));
    if (strict.approvers > 1) REQUIRE(house.say(flood.id, says(core::Act::approve, "Other", true, "a drill")));
    CHECK(floods_like(house, strict)[0].approval.state == core::ApprovalState::approved);
  }
}

TEST_CASE("only what demands as much in all fills the bound before an event") {
  House house;
  house.schedule.questions_at_most = 3;
  house.policy->replace(demanding(house.schedule));
  come(house, 0, 5, stricts[0].way);
  come(house, 10, 15, stricts[1].way);
  come(house, 20, 25, stricts[2].way);
  CHECK(house.chat.count("Alice", "ask") == 9);
  REQUIRE(floods(house).size() == 3);
  come(house, 30, 35, stricts[4].way);
  CHECK(house.chat.count("Alice", "ask") == 12);
  come(house, 40, 45);
  CHECK(house.chat.count("Alice", "ask") == 12);
}

TEST_CASE("a rule that asks somebody else: its flood is about whom the events are about") {
  House house;
  house.schedule.questions_at_most = 2;
  house.policy->replace(demanding(house.schedule));
  come(house, 0, 3, {"zed", "bastion", "alice"});
  come(house, 10, 13, {"publickey", "bastion", "bob"});
  REQUIRE(floods(house).size() == 2);
  for (const auto& full : floods(house)) {
    const bool about_alice = full.approval.subject == "Alice";
    CHECK(full.events.size() == (about_alice ? 2 : 4));
    CHECK(!house.say(full.approval.id, says(core::Act::approve, about_alice ? "Alice" : "Bob", true)));
  }
}

TEST_CASE("nothing joins a burst or a digest that demands less of who decides it") {
  for (const bool late : {false, true})
    for (const auto& strict : stricts) {
      INFO(strict.name, late ? ", late" : "");
      House house;
      house.policy->replace(demanding(house.schedule));
      const auto post = [&](const char* id, int port, const Way& way) {
        auto line = login(house.clock, id, "alice", port, "", way.host);
        line.message.replace(line.message.find("password"), 8, way.method);
        if (late) line.time = house.clock.now() - std::chrono::hours(30);
        house.post(std::move(line));
      };
      post("ordinary", 1000, {});
      house.clock.advance(std::chrono::seconds(5));
      post("strict", 1001, strict.way);
      REQUIRE(house.approvals().size() == 2);
      demands(house.approvals()[0].approval, strict.asked, strict);
    }
}

}  // namespace countersign::test
