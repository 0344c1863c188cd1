// Agents' batches: numbers, chains and coverage; their silence; containment that nobody reports on.
#include "app/agent_link.hpp"
#include "app/agent_watch.hpp"
#include "app/contain.hpp"
#include "app/finding.hpp"
#include "unit/app/house.hpp"

namespace countersign::test {
namespace {

using std::chrono::seconds;

/// One stream of batches, each ten seconds long unless said otherwise.
class Stream {
 public:
  Stream(House& house, std::string host, std::string agent)
      : house_(house), link_(*house.store, *house.policy, house.clock) {
    next_.host = std::move(host);
    next_.agent = std::move(agent);
    next_.coverage.until = house.clock.now();
  }

  app::AgentBatch next(Duration span = seconds(10)) {
    auto batch = next_;
    batch.sequence = ++sequence;
    batch.coverage.from = next_.coverage.until;
    batch.coverage.until = *next_.coverage.until + span;
    next_.coverage.until = batch.coverage.until;
    batch.digest = fmt::format("{:032}", sequence);
    batch.content = fmt::format("{:016}", sequence);
    return batch;
  }

  app::Acknowledged send(app::AgentBatch batch) {
    std::promise<Result<app::Acknowledged>> answered;
    link_.accept(std::move(batch), false, [&](auto taken) { answered.set_value(std::move(taken)); });
    auto taken = answered.get_future().get();
    REQUIRE(taken);
    house_.settle();
    return *taken;
  }

  core::Coverage coverage(Timestamp from, Timestamp until) {
    return house_.read([&](app::View& view) { return view.coverage(next_.host, "kernel", from, until); });
  }

  std::int64_t sequence = 0;

 private:
  House& house_;
  app::AgentLink link_;
  app::AgentBatch next_;
};

std::size_t count_findings(House& house, std::string_view action) {
  return static_cast<std::size_t>(std::ranges::count_if(house.approvals(), [&](const app::FullApproval& full) {
    return full.approval.kind == "finding" && full.events.front().event.action == action;
  }));
}

/// As [[agent]] of the configuration names them.
void expect(House& house, std::vector<std::string> hosts) {
  std::promise<void> written;
  house.store->write([hosts = std::move(hosts)](app::Ledger& ledger) { return ledger.expect_agents(hosts); },
                     [&](Result<void>) { written.set_value(); });
  written.get_future().get();
}

}  // namespace

TEST_CASE("a number with other content ends the coverage until its finding is decided") {
  House house;
  const auto begin = house.clock.now();
  Stream stream(house, "bastion", "a1");
  CHECK(stream.send(stream.next()).sequence == 1);
  CHECK(stream.coverage(begin, begin + seconds(10)).gaps.empty());

  auto forged = stream.next();
  forged.sequence = 1;
  CHECK_FALSE(stream.send(forged).conflict.empty());
  CHECK_FALSE(stream.send(forged).conflict.empty());
  REQUIRE(count_findings(house, "finding_agent_conflict") == 1);

  stream.sequence = 1;
  CHECK(stream.send(stream.next()).conflict.empty());  // from 20 s to 30 s
  const auto doubted = stream.coverage(begin, begin + seconds(30));
  CHECK(doubted.covered_until == begin + seconds(30));
  REQUIRE(doubted.gaps.size() == 2);
  CHECK(doubted.gaps[1].why == "the agent's batches are disputed");

  REQUIRE(house.say(house.approvals().front().approval.id, says(core::Act::approve, "Bob", true)));
  stream.send(stream.next());
  CHECK(stream.coverage(begin + seconds(30), begin + seconds(40)).gaps.empty());
}

TEST_CASE("missing batches are lost coverage, also where the next claims to abut") {
  for (const bool abuts : {false, true}) {
    CAPTURE(abuts);
    House house;
    const auto begin = house.clock.now();
    Stream stream(house, "bastion", "a1");
    stream.send(stream.next());
    if (abuts)
      ++stream.sequence;
    else
      stream.next();
    stream.send(stream.next());
    const auto coverage = stream.coverage(begin, begin + seconds(30));
    REQUIRE(coverage.gaps.size() == 1);
    CHECK(coverage.gaps[0].from == begin + seconds(10));
    CHECK(coverage.gaps[0].until == begin + seconds(20));
    CHECK(coverage.gaps[0].why == "batch 2 is missing");
  }
}

TEST_CASE("coverage that comes late mends what was judged without it") {
  House house;
  expect(house, {"bastion"});
  Stream stream(house, "bastion", "a1");
  stream.send(stream.next());
  house.pass(seconds(15));
  house.post(login(house.clock, "p1", "alice"));
  const auto verdict = [&] {
    for (const auto& listed : house.events())
      if (listed.stored.event.action == "ssh_login") return listed.stored.verdict;
    return std::string("no login");
  };
  house.pass(std::chrono::minutes(7));  // the server was away for the agent, say
  CHECK(verdict() == "indeterminate");
  stream.send(stream.next(std::chrono::minutes(7)));
  house.pass(seconds(2));
  CHECK(verdict() == "missing_kernel");
}

TEST_CASE("a clock far ahead covers nothing") {
  House house;
  Stream stream(house, "bastion", "a1");
  stream.send(stream.next(std::chrono::hours(48)));
  CHECK(stream.coverage(house.clock.now(), house.clock.now() + seconds(10)).covered_until == Timestamp{});
}

TEST_CASE("an agent set up anew is no second agent, unless the old one speaks on") {
  House house;
  Stream old(house, "bastion", "a1"), fresh(house, "bastion", "a2");
  old.send(old.next());
  house.clock.advance(seconds(10));
  fresh.send(fresh.next());
  CHECK(count_findings(house, "finding_agent_second") == 0);
  house.clock.advance(seconds(5));
  old.send(old.next());
  CHECK(count_findings(house, "finding_agent_second") == 1);
}

TEST_CASE("a mass outage is one finding, amended in place, not repeated by a restart") {
  House house;
  std::vector<std::string> names;
  for (int i = 0; i < 30; ++i)
    names.push_back(fmt::format("host{:02}", i));
  expect(house, names);
  std::vector<std::unique_ptr<Stream>> streams;
  for (const auto& name : names)
    streams.push_back(std::make_unique<Stream>(house, name, "agent-" + name));
  const auto beat = [&](std::size_t first, Duration span) {
    for (Duration gone{}; gone < span; gone += seconds(10)) {
      house.pass(seconds(10), seconds(10));
      for (std::size_t i = first; i < streams.size(); ++i)
        streams[i]->send(streams[i]->next());
    }
  };

  auto watch = std::make_unique<app::AgentWatch>(*house.store, *house.scheduler, house.clock, *house.policy);
  watch->start();
  beat(0, seconds(200));
  CHECK(watch->reasons().empty());
  CHECK(count_findings(house, "finding_agent_silent") == 0);

  beat(20, seconds(80));  // twenty fall silent
  CHECK(count_findings(house, "finding_agent_silent") == 1);
  REQUIRE(watch->reasons().size() == 1);
  CHECK(watch->reasons()[0].contains("and 10 more"));
  beat(21, seconds(80));  // and one more
  CHECK(count_findings(house, "finding_agent_silent") == 1);
  CHECK(house.approvals().front().approval.reason.contains("and 11 more"));

  watch->stop();
  house.settle();
  watch = std::make_unique<app::AgentWatch>(*house.store, *house.scheduler, house.clock, *house.policy);
  watch->start();
  REQUIRE(house.say(house.approvals().front().approval.id, says(core::Act::approve, "Bob", true)));
  beat(21, seconds(200));
  CHECK(count_findings(house, "finding_agent_silent") == 1);

  beat(20, seconds(20));  // it comes back, and goes again: that is new
  beat(21, seconds(80));
  CHECK(count_findings(house, "finding_agent_silent") == 2);
  watch->stop();
  house.settle();
}

namespace {

/// Alice's login on bastion, as its agent saw it.
app::PostedEvent seen_login(House& house, std::string raw) {
  app::PostedEvent login;
  login.id = "s1";
  login.event.action = "ssh_login";
  login.event.outcome = "success";
  login.event.host = "bastion";
  login.event.user = "alice";
  login.event.address = "203.0.113.7";
  login.event.port = 50001;
  login.event.time = house.clock.now();
  login.raw = std::move(raw);
  return login;
}

constexpr const char* session_777 = R"({"process.pid":777,"process.start":5,"host.boot_id":"b1"})";

/// What the newest alarm says of ending the session.
app::Containable offered(House& house) {
  house.pass(seconds(2));
  const auto& all = house.chat.delivered;
  const auto alarm = std::ranges::find_if(all.rbegin(), all.rend(), [](const app::OwedMessage& message) {
    return message.notification.purpose == "denial";
  });
  REQUIRE(alarm != all.rend());
  CHECK(alarm->button.empty() == alarm->containable.sessions.empty());
  return alarm->containable;
}

}  // namespace

TEST_CASE("the alarm about a denied login offers to end its session, or says why it can't be ended from here") {
  struct {
    const char* what;
    const char* raw;
    std::optional<bool> contains;
    bool ended;
    const char* why_not;  // empty: it is offered
  } const rows[] = {
      {"seen", session_777, std::nullopt, false, ""},
      {"allowed", session_777, true, false, ""},
      {"not allowed", session_777, false, false, "may not end sessions"},
      {"too little told", R"({"process.pid":777})", std::nullopt, false, "told too little"},
      {"init", R"({"process.pid":1,"process.start":5,"host.boot_id":"b1"})", std::nullopt, false, "told too little"},
      {"ended", session_777, std::nullopt, true, "the session has ended"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    House house;
    Stream stream(house, "bastion", "a1");
    auto batch = stream.next();
    batch.contains = row.contains;
    batch.events.push_back(seen_login(house, row.raw));
    if (row.ended) {
      auto end = seen_login(house, "{}");
      end.id = "s2";
      end.event.action = "ssh_session_end";
      batch.events.push_back(end);
    }
    stream.send(batch);
    const auto approval = house.approvals().front().approval.id;
    REQUIRE(house.say(approval, says(core::Act::deny, "Alice")));
    const auto found = offered(house);
    CHECK(found.sessions.size() == (*row.why_not == '\0' ? 1 : 0));
    CHECK(found.why_not.find(row.why_not) != std::string::npos);
    for (const auto& message : house.chat.delivered)
      if (message.notification.purpose != "denial") CHECK(message.containable.sessions.empty());
  }
}

TEST_CASE("a login that no agent saw, and a finding about one that an agent did see") {
  House house;
  house.post(login(house.clock, "1", "alice"));
  REQUIRE(house.say(house.approvals().front().approval.id, says(core::Act::deny, "Alice")));
  CHECK(offered(house).why_not.contains("no agent saw this session"));

  House other;
  Stream stream(other, "bastion", "a1");
  auto batch = stream.next();
  batch.events.push_back(seen_login(other, session_777));
  stream.send(batch);
  const auto about = other.events().front().stored;
  app::Raised raised;
  other.work([&](app::Ledger& ledger) -> Result<void> {
    app::Finding finding;
    finding.kind = "missing_log";
    finding.key = "x";
    finding.event = about.event;
    finding.about = about.id;
    auto made = app::raise_finding(ledger, *other.policy->current(), finding, other.clock.now());
    if (!made) return std::unexpected(made.error());
    raised = *made;
    return {};
  });
  REQUIRE(other.say(raised.approval, says(core::Act::deny, "Bob", true)));
  const auto found = offered(other);
  REQUIRE(found.sessions.size() == 1);
  CHECK(found.sessions[0].pid == 777);
  CHECK(found.sessions[0].event != about.id);
}

TEST_CASE("a containment that nobody reports on is said to have failed") {
  House house;
  Stream stream(house, "bastion", "a1");
  auto batch = stream.next();
  batch.events.push_back(seen_login(house, session_777));
  stream.send(batch);
  const auto approval = house.approvals().front().approval.id;
  REQUIRE(house.say(approval, says(core::Act::deny, "Alice")));

  app::Contain contain(*house.store, house.clock);
  const auto ask = [&](core::Actor by) {
    std::promise<Result<app::Contained>> answered;
    contain.by_id(approval, std::move(by), "test", [&](auto contained) { answered.set_value(std::move(contained)); });
    return answered.get_future().get();
  };
  const auto stranger = ask({"Bob", false, true});
  REQUIRE_FALSE(stranger);
  CHECK(stranger.error().fault == Fault::forbidden);
  const auto subject = ask({"Alice", true, true});
  REQUIRE_FALSE(subject);
  CHECK(subject.error().fault == Fault::forbidden);
  const auto asked = ask({"Bob", true, true});
  REQUIRE(asked);
  REQUIRE(asked->asked.size() == 1);
  CHECK(stream.send(stream.next()).commands.size() == 1);
  CHECK(offered(house).asked);
  CHECK(offered(house).sessions.empty());

  house.clock.advance(std::chrono::minutes(5));
  CHECK(stream.send(stream.next()).commands.empty());
  app::AgentWatch watch(*house.store, *house.scheduler, house.clock, *house.policy);
  watch.start();
  house.settle();
  watch.stop();
  house.settle();
  const auto notes = house.approvals().front().approval.decisions.back().notes;
  REQUIRE(notes.size() == 2);
  CHECK(notes[1].text.contains("did not answer within 5m"));
  CHECK(offered(house).sessions.size() == 1);
  CHECK(ask({"Bob", true, true}));
}

}  // namespace countersign::test
