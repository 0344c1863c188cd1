// Accounts of one login that contradict each other, where no kernel's word says which of them is right.
#include "tests/unit/app/house.hpp"

using namespace countersign;
using namespace countersign::test;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

/// What one source says of deploy's login, the clock's time.
struct Says {
  std::string source, witness = "log", key = "SHA256:ci", method = "publickey", certificate = {}, serial = {};
};

core::Event event_of(const Says& says, Timestamp time, int port, const std::string& user) {
  core::Event event;
  event.time = time;
  event.action = "ssh_login";
  event.outcome = "success";
  event.host = "bastion";
  event.user = user;
  event.address = "203.0.113.7";
  event.port = port;
  event.pid = 4243;
  event.method = says.method;
  event.key = says.key;
  event.certificate = says.certificate;
  event.serial = says.serial;
  return event;
}

class Disputed : public House {
 public:
  void tell(const Says& says, int port = 50001, const std::string& id = {}, const std::string& user = "deploy",
            Duration ago = Duration::zero()) {
    const auto own = id.empty() ? fmt::format("{} {} {}", says.source, says.key, port) : id;
    const app::Source source{says.source, says.witness, {"bastion"}, "", true};
    std::promise<Result<app::Ingest::Accepted>> answered;
    ingest->event(source,
                  {event_of(says, clock.now() - ago, port, user), own, fmt::format("{} {}", says.key, says.method)},
                  [&](auto accepted) { answered.set_value(std::move(accepted)); });
    REQUIRE(answered.get_future().get());
    settle();
  }
  std::vector<app::FullApproval> findings() {
    app::ApprovalFilter filter;
    filter.kind = "finding";
    return read([&](app::View& view) { return view.approvals(filter); }).rows;
  }
  std::vector<app::StoredEvent> logins() {
    std::vector<app::StoredEvent> found;
    for (const auto& row : events())
      if (row.stored.event.action == "ssh_login")
        found.push_back(read([&](app::View& view) { return view.event(row.stored.id); }));
    return found;
  }
  /// An agent that missed nothing but for the spans said.
  void watched(Duration from, Duration until) {
    work([&](app::Ledger& ledger) -> Result<void> {
      if (auto expected = ledger.expect_agents({"bastion"}); !expected) return expected;
      return ledger.cover("bastion", "kernel", clock.now() + from, clock.now() + until);
    });
  }
};

bool holds(const app::FullApproval& finding, std::string_view words) {
  return finding.approval.reason.contains(words);
}

constexpr auto nobody_was_asked = "Nobody was asked about it (conforms to the policy of service account deploy)";

}  // namespace

TEST_CASE("what differs is told once, whoever tells it and in any order; what can't be compared is not") {
  const Says robot{"papertrail"}, stolen{"loki", "log", "SHA256:stolen"}, posted{"ci-token", "api"};
  const struct {
    const char* name;
    std::vector<Says> said;
    const char* words;  // of the one finding; empty: none
  } table[] = {
      {"the same", {robot, {"loki"}}, ""},
      {"the same of a program and two logs", {posted, robot, {"loki"}}, ""},
      {"another key by another webhook", {robot, stolen}, "loki (log) says publickey with SHA256:stolen, papertrail"},
      {"a program's word and a log's",
       {posted, stolen},
       "its accounts differ: ci-token (api) says publickey with SHA256:ci, loki (log) says publickey with "
       "SHA256:stolen; no agent is on this host"},
      {"one source against itself", {robot, {"papertrail", "log", "SHA256:stolen"}}, "SHA256:ci and publickey with"},
      {"another method",
       {robot, {"loki", "log", "", "password"}},
       "loki (log) says password without a key, papertrail (log) says publickey with SHA256:ci"},
      {"a method's device is no other method",
       {{"papertrail", "log", "", "keyboard-interactive/pam"}, {"loki", "log", "", "keyboard-interactive"}},
       ""},
      {"one leaves the key out", {robot, {"loki", "log", ""}}, ""},
      {"one tells of no proof at all", {robot, {"pam-hook", "pam", "", ""}}, ""},
      {"MD5 and SHA256", {robot, {"loki", "log", "MD5:00"}}, ""},
      {"a certificate and its bare key",
       {{"papertrail", "log", "SHA256:whole", "publickey", "robot", "7"}, {"loki", "log", "SHA256:bare"}},
       ""},
      {"two certificates",
       {{"papertrail", "log", "", "publickey", "robot", "7"}, {"loki", "log", "", "publickey", "robot", "8"}},
       "certificate robot (serial 8)"},
      {"three, and one of them differs", {posted, robot, stolen}, "loki (log) says publickey with SHA256:stolen"},
      {"three, each another", {posted, {"papertrail", "log", "SHA256:x"}, stolen}, "SHA256:x"},
  };
  for (const auto& row : table) {
    auto order = row.said;
    std::ranges::sort(order, {}, [](const Says& one) { return one.source + one.key; });
    do {
      CAPTURE(row.name);
      CAPTURE(order.front().source + order.front().key);
      Disputed house;
      for (int again = 0; again < 2; ++again)  // all of it redelivered
        for (const auto& one : order)
          house.tell(one);
      house.pass(seconds(2));
      REQUIRE(house.logins().size() == 1);
      CHECK(house.logins()[0].verdict == "unenrolled");
      CHECK(house.logins()[0].sightings.size() == order.size());
      const auto findings = house.findings();
      const std::string_view words = row.words;
      REQUIRE(findings.size() == (words.empty() ? 0 : 1));
      CHECK(house.chat.count("security_channel", "ask") ==
            (words.empty() ? 0 : 1) + (house.logins()[0].state == core::ApprovalState::expected ? 0 : 1));
      if (words.empty()) continue;
      CHECK_MESSAGE(holds(findings[0], words), findings[0].approval.reason);
      CHECK(findings[0].events[0].event.action == "finding_accounts_differ");
      CHECK(findings[0].approval.reason.starts_with("Accounts of one login differ: deploy on bastion from"));
      CHECK(findings[0].approval.state == core::ApprovalState::pending);
      CHECK(core::field(findings[0].events[0].event, "finding.about") == to_text(house.logins()[0].id));
      CHECK(holds(findings[0], nobody_was_asked) == (house.logins()[0].state == core::ApprovalState::expected));
    } while (std::ranges::next_permutation(order, {}, [](const Says& one) { return one.source + one.key; }).found);
  }
}

TEST_CASE("the standing decision stays, the chain has the finding, and a restart raises it once") {
  Disputed house;
  house.tell({"ci-token", "api"});
  REQUIRE(house.logins()[0].state == core::ApprovalState::expected);
  CHECK(house.chat.delivered.empty());
  house.tell({"papertrail", "log", "SHA256:stolen"});
  house.restart();
  house.pass(seconds(2));
  CHECK(house.logins()[0].state == core::ApprovalState::expected);
  CHECK(house.logins()[0].event.key == "SHA256:ci");  // what was decided upon; the accounts say what each said
  REQUIRE(house.findings().size() == 1);
  CHECK(holds(house.findings()[0], nobody_was_asked));
  CHECK(std::ranges::count(house.audit(), "finding", &app::AuditEntry::kind) == 1);
  CHECK(std::ranges::count(house.audit(), "verdict", &app::AuditEntry::kind) == 0);

  const auto first = house.findings()[0].approval.id;
  SUBCASE("what comes while it is open is added to it") {
    house.tell({"loki", "log", "SHA256:third"});
    house.pass(seconds(2));
    REQUIRE(house.findings().size() == 1);
    CHECK(holds(house.findings()[0], "SHA256:third"));
  }
  SUBCASE("once it is settled, only what is new is told, in another that names it") {
    REQUIRE(house.say(first, says(core::Act::deny, "Sec", true)));
    house.tell({"loki", "log", "SHA256:stolen"});
    house.pass(seconds(2));
    CHECK(house.findings().size() == 1);
    house.tell({"syslog", "log", "SHA256:third"});
    house.pass(seconds(2));
    REQUIRE(house.findings().size() == 2);
    CHECK(holds(house.findings()[0], to_text(first)));
  }
}

TEST_CASE("who was asked, and would have been by each account: the finding says no more than that they differ") {
  Disputed house;
  house.tell({"papertrail", "log", "SHA256:alice"}, 50001, "", "alice");
  house.tell({"loki", "log", "SHA256:other"}, 50001, "", "alice");
  house.pass(seconds(2));
  CHECK(house.chat.count("Alice", "ask") == 1);
  REQUIRE(house.findings().size() == 1);
  CHECK(house.findings()[0].approval.subject == "Alice");  // who may not sign it off
  CHECK_FALSE(holds(house.findings()[0], "Nobody was asked"));
}

TEST_CASE("covered by \"the same for 8 h\", and another account of it would not have been") {
  Disputed house;
  house.tell({"papertrail", "log", "SHA256:alice"}, 50000, "", "alice");
  auto word = says(core::Act::approve, "Alice");
  word.trust = true;
  REQUIRE(house.say(house.approvals()[0].approval.id, word));
  house.clock.advance(hours(1));
  const std::vector<Says> order{{"papertrail", "log", "SHA256:alice"}, {"loki", "log", "SHA256:stolen"}};
  for (const auto& one : order)
    house.tell(one, 50001, "", "alice");
  house.pass(seconds(2));
  CHECK(house.chat.count("Alice", "ask") == 1);
  REQUIRE(house.findings().size() == 1);
  CHECK(holds(house.findings()[0], "Nobody was asked about it (Alice approved the same before"));
}

TEST_CASE("a key that is nobody's first, a person's then: that person may not sign the finding off") {
  Disputed house;
  house.tell({"ci-token", "api"});
  house.tell({"papertrail", "log", "SHA256:alice"});
  house.pass(seconds(2));
  REQUIRE(house.findings().size() == 1);
  CHECK(house.findings()[0].approval.subject == "Alice");
  CHECK_FALSE(house.say(house.findings()[0].approval.id, says(core::Act::approve, "Alice", true)));
}

TEST_CASE("a hundred forged ones: three one by one, the rest is one that grows") {
  Disputed house;
  for (int i = 0; i < 100; ++i) {
    house.tell({"ci-token", "api"}, 51000 + i);
    house.tell({"papertrail", "log", "SHA256:stolen"}, 51000 + i);
  }
  house.pass(seconds(2));
  CHECK(house.findings().size() == 4);
  CHECK(house.findings()[0].approval.events.size() == 97);
  CHECK(house.chat.count("security_channel", "ask") == 4);
}

TEST_CASE("two users of one connection are two logins, each asked about, and no accounts of one") {
  Disputed house;
  house.tell({"papertrail"});
  house.tell({"loki", "log", "SHA256:alice"}, 50001, "", "alice");
  house.pass(seconds(2));
  CHECK(house.logins().size() == 2);
  CHECK(house.findings().empty());
}

TEST_CASE("with an agent the verdict speaks, and there is one finding about one difference") {
  Disputed house;
  const Says robot{"papertrail"}, stolen{"loki", "log", "SHA256:stolen"};
  const Says kernel{"agent:bastion", "kernel", "SHA256:stolen"};
  SUBCASE("the kernel saw it: mismatch, whenever its word comes") {
    house.watched(-hours(1), hours(1));
    std::vector<Says> order{robot, stolen, kernel};
    std::ranges::rotate(order, order.begin() + 1);
    for (const auto& one : order)
      house.tell(one);
    house.pass(minutes(12), minutes(1));
    REQUIRE(house.findings().size() == 1);
    CHECK(house.findings()[0].events[0].event.action == "finding_mismatch");
    CHECK(
        holds(house.findings()[0], "key: papertrail (log) says SHA256:ci, agent:bastion (kernel) says SHA256:stolen"));
    CHECK(house.logins()[0].verdict == "mismatch");
  }
  SUBCASE("while the kernel may still speak nothing is said; it missed nothing and saw nothing: missing_kernel") {
    house.watched(-hours(1), hours(1));
    house.tell(robot);
    house.tell(stolen);
    house.pass(minutes(4), minutes(1));
    CHECK(house.findings().empty());
    house.pass(minutes(8), minutes(1));
    CHECK(house.logins()[0].verdict == "missing_kernel");
    REQUIRE(house.findings().size() == 1);
    CHECK(house.findings()[0].events[0].event.action == "finding_missing_kernel");
    CHECK(holds(house.findings()[0], "its accounts differ: loki (log) says publickey with SHA256:stolen"));
    CHECK(holds(house.findings()[0], nobody_was_asked));
  }
  SUBCASE("the agent was blind: the verdict accuses nobody, the accounts do") {
    house.watched(-hours(1), -minutes(10));
    house.tell(robot);
    house.tell(stolen);
    house.pass(minutes(12), minutes(1));
    CHECK(house.logins()[0].verdict == "indeterminate");
    REQUIRE(house.findings().size() == 1);
    CHECK(house.findings()[0].events[0].event.action == "finding_accounts_differ");
    CHECK(holds(house.findings()[0], nobody_was_asked));
    house.tell(kernel, 50001, "", "deploy", minutes(12));  // what it had spooled
    house.pass(minutes(2), minutes(1));
    CHECK(house.logins()[0].verdict == "mismatch");
    REQUIRE(house.findings().size() == 1);
    CHECK(holds(house.findings()[0], "this login is mismatch"));
  }
}

TEST_CASE("a kind of login that no agent can see stays not applicable, however often it is told") {
  Disputed house;
  core::Rule rule;
  rule.id = "tunnel.login";
  rule.programs = {"sshd"};
  rule.pattern = R"(Accepted (?P<method>\w+) for (?P<user>\S+) from (?P<addr>\S+) port (?P<port>\d+) .* (?P<key>\S+))";
  rule.action = "ssh_login";
  rule.fields = {{"ssh.method", "method"},
                 {"user.name", "user"},
                 {"source.ip", "addr"},
                 {"source.port", "port"},
                 {"ssh.key.fingerprint", "key"}};
  std::vector<core::Rule> rules;
  rules.push_back(std::move(rule));
  house.policy->replace(std::make_shared<const app::Policy>(
      app::Policy{*core::Engine::compile(std::move(rules)), small_directory(), house.schedule, minutes(2)}));
  house.watched(-hours(1), hours(1));
  house.post(login(house.clock, "1", "deploy", 50001, "SHA256:ci"));
  house.post(login(house.clock, "1", "deploy", 50001, "SHA256:ci"), "loki");
  house.pass(minutes(12), minutes(1));
  REQUIRE(house.logins().size() == 1);
  CHECK(house.logins()[0].verdict == "not_applicable");
  CHECK(house.findings().empty());
  auto other = login(house.clock, "1", "deploy", 50001, "SHA256:stolen");
  other.time = house.logins()[0].event.time;
  house.post(other, "syslog");
  house.pass(seconds(2));
  CHECK(house.logins()[0].verdict == "not_applicable");
  CHECK(house.findings().size() == 1);
}
