#include "tests/unit/app/house.hpp"

using namespace countersign;
using namespace countersign::test;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

core::Event seen(const Clock& clock, std::string user, int port = 50001, std::string host = "bastion",
                 std::int64_t pid = 4243) {
  core::Event event;
  event.time = clock.now();
  event.host = std::move(host);
  event.user = std::move(user);
  event.address = "203.0.113.7";
  event.port = port;
  event.pid = pid;
  event.method = "publickey";
  event.key = "SHA256:alice";
  return event;
}

/// A house with an agent on bastion, whose log has spoken before.
class Watched : public House {
 public:
  Watched() {
    work([](app::Ledger& ledger) { return ledger.expect_agents({"bastion"}); });
    cover(clock.now() - hours(1));
    covered_ = clock.now();
    post(login(clock, "first", "bob", 40000, ""));
    auto account = seen(clock, "bob", 40000);
    account.method = "password";
    account.key.clear();
    see(account, "first");
    pass(minutes(1), minutes(1));
    REQUIRE(verdict_of("bob") == "matched");
  }
  /// The agent's word that it missed nothing from the last one until now.
  void heartbeat() { cover(covered_); }
  void cover(Timestamp from) {
    work([&](app::Ledger& ledger) { return ledger.cover("bastion", "kernel", from, clock.now()); });
    covered_ = clock.now();
  }
  std::vector<app::StoredEvent> logins(const std::string& user) {
    std::vector<app::StoredEvent> found;
    for (const auto& row : events())
      if (row.stored.event.action == "ssh_login" && row.stored.event.user == user)
        found.push_back(read([&](app::View& view) { return view.event(row.stored.id); }));
    return found;
  }
  app::StoredEvent one(const std::string& user) {
    auto found = logins(user);
    REQUIRE(found.size() == 1);
    return found[0];
  }
  std::string verdict_of(const std::string& user) { return one(user).verdict; }
  std::vector<app::FullApproval> findings() {
    std::vector<app::FullApproval> found;
    for (auto& full : approvals())
      if (full.approval.kind == "finding") found.push_back(std::move(full));
    return found;
  }
  bool audited(std::string_view verdict) {
    return std::ranges::any_of(audit(), [&](const app::AuditEntry& entry) {
      return entry.kind == "verdict" && entry.detail.contains(fmt::format("\"verdict\":\"{}\"", verdict));
    });
  }

 private:
  Timestamp covered_{};
};

}  // namespace

TEST_CASE("a verdict that is taken back has a row of its own in the chain") {
  House house;
  const auto line = login(house.clock, "1", "alice");
  house.post(line);
  CHECK(house.events()[0].stored.verdict == "unenrolled");
  house.work([](app::Ledger& ledger) { return ledger.expect_agents({"bastion"}); });
  house.post(line, "loki");
  house.pass(seconds(1));
  CHECK(house.events()[0].stored.verdict == "waiting");
  const auto row = house.audit().back();
  CHECK(row.kind == "reopened");
  CHECK(row.detail.contains("\"version\":2,\"was\":\"unenrolled\""));
}

TEST_CASE("a host without an agent is unenrolled at once, and nothing is found") {
  House house;
  house.post(login(house.clock, "1", "alice"));
  CHECK(house.events()[0].stored.verdict == "unenrolled");
  house.pass(minutes(10), minutes(1));
  CHECK(house.approvals().size() == 1);
}

TEST_CASE("log and kernel, in either order, are one event that the message calls confirmed") {
  Watched house;
  const auto line = login(house.clock, "1", "alice");
  const auto account = seen(house.clock, "alice");
  SUBCASE("log first") {
    house.post(line);
    CHECK(house.verdict_of("alice") == "waiting");
    house.pass(seconds(2));
    house.see(account, "k1");
  }
  SUBCASE("kernel first, and it knows no key") {
    auto bare = account;
    bare.key.clear();
    bare.method.clear();
    house.see(bare, "k1");
    CHECK(house.verdict_of("alice") == "waiting");
    house.pass(seconds(2));
    house.post(line);
    CHECK(house.one("alice").event.key == "SHA256:alice");        // the event knows what any witness does
    CHECK(house.one("alice").sightings[0].account->key.empty());  // and each still says what it said
  }
  house.pass(seconds(2));
  const auto stored = house.one("alice");
  CHECK(stored.verdict == "matched");
  CHECK(stored.independent);
  CHECK(stored.sightings.size() == 2);
  CHECK(house.audited("matched"));
  CHECK(house.findings().empty());
  CHECK(house.chat.delivered.back().events[0].verdict == "matched");
  CHECK(house.chat.delivered.back().notification.shown > 0);  // the same message, edited
}

TEST_CASE("suppressed, forged, differing: each a finding for the channel") {
  Watched house;
  SUBCASE("no line came") {
    house.see(seen(house.clock, "alice"), "k1");
    house.pass(minutes(5) - seconds(1), seconds(30));
    CHECK(house.verdict_of("alice") == "waiting");
    house.pass(seconds(2));
    CHECK(house.verdict_of("alice") == "missing_log");
    REQUIRE(house.findings().size() == 1);
    const auto finding = house.findings()[0];
    CHECK(finding.approval.reason.starts_with("A login that no log tells of: alice on bastion from 203.0.113.7 port"));
    CHECK(finding.approval.subject == "Alice");
    CHECK(core::field(finding.events[0].event, "finding.about") == to_text(house.one("alice").id));
    CHECK(house.chat.count("security_channel", "ask") == 1);
    CHECK(house.audited("missing_log"));
    SUBCASE("and comes late: mended, and still to be signed off") {
      house.pass(minutes(7), minutes(1));
      auto late = login(house.clock, "9", "alice");
      late.time = house.one("alice").event.time;
      CHECK(house.post(late).duplicates == 1);
      house.pass(seconds(2));
      CHECK(house.verdict_of("alice") == "matched");
      CHECK_MESSAGE(house.one("alice").reasons.contains("the log line came late by 7 min"), house.one("alice").reasons);
      REQUIRE(house.findings().size() == 1);
      CHECK(house.findings()[0].approval.state == core::ApprovalState::pending);
      CHECK(house.findings()[0].approval.reason.contains("this login is matched"));
      CHECK(house.chat.delivered.back().approval.reason.contains("late by 7 min"));
    }
  }
  SUBCASE("the kernel saw nothing") {
    house.post(login(house.clock, "1", "alice"));
    house.pass(minutes(5), seconds(30));
    CHECK(house.verdict_of("alice") == "waiting");  // for the closing batch
    house.heartbeat();
    CHECK(house.verdict_of("alice") == "missing_kernel");
    REQUIRE(house.findings().size() == 1);
    SUBCASE("a batch that was late brings it after all") {
      auto account = seen(house.clock, "alice");
      account.time -= minutes(5);
      house.see(account, "k1");
      CHECK(house.verdict_of("alice") == "matched");
    }
  }
  SUBCASE("another user, one connection: one event, a mismatch") {
    for (const bool kernel_first : {false, true}) {
      CAPTURE(kernel_first);
      const int port = kernel_first ? 51001 : 51002;
      const std::int64_t pid = port;
      auto line = login(house.clock, fmt::format("l{}", port), "alice", port);
      line.pid = pid;
      const auto account = seen(house.clock, "bob", port, "bastion", pid);
      if (kernel_first) house.see(account, fmt::format("k{}", port));
      house.post(line);
      if (!kernel_first) house.see(account, fmt::format("k{}", port));
      const auto stored = house.logins(kernel_first ? "bob" : "alice").front();
      CHECK(stored.verdict == "mismatch");
      CHECK(stored.sightings.size() == 2);
      CHECK(stored.reasons == "user: papertrail (log) says alice, agent:bastion (kernel) says bob");
    }
    CHECK(house.findings().size() == 2);
  }
}

TEST_CASE("what is disputed anew about a login whose finding is settled is another finding; the same again is none") {
  Watched house;
  const auto sign_off = [&] {
    const auto standing = house.findings().front().approval;
    REQUIRE(standing.state == core::ApprovalState::pending);
    REQUIRE(house.say(standing.id, says(core::Act::approve, "Sam", true)));
    house.pass(seconds(2));
    return standing.id;
  };
  const auto line = [&](const std::string& id, const std::string& user) {
    auto record = login(house.clock, id, user);
    record.time = house.logins("alice").front().event.time;
    return record;
  };
  house.see(seen(house.clock, "alice"), "k1");
  house.pass(minutes(5) + seconds(1), seconds(30));
  REQUIRE(house.verdict_of("alice") == "missing_log");
  const auto first = sign_off();

  house.post(line("1", "mallory"));
  REQUIRE(house.one("alice").verdict == "mismatch");
  REQUIRE(house.findings().size() == 2);
  const auto second = house.findings().front();
  CHECK(second.approval.reason.starts_with("The witnesses differ on a login: alice on bastion"));
  CHECK(second.approval.reason.contains(to_text(first)));
  CHECK(core::field(second.events[0].event, "finding.earlier") == to_text(first));
  CHECK(core::field(second.events[0].event, "finding.about") == to_text(house.one("alice").id));
  CHECK(house.one("alice").finding == second.approval.id);
  CHECK(house.chat.count("security_channel", "ask") == 2);
  sign_off();

  SUBCASE("the same by another source") {
    house.post(line("2", "mallory"), "loki");
    house.pass(minutes(10), minutes(1));
    for (const auto& stored : house.logins("alice"))
      CHECK(stored.verdict == "mismatch");
    CHECK(house.findings().size() == 2);
  }
  SUBCASE("another difference") {
    auto other = line("2", "alice");
    other.message = "Accepted publickey for alice from 203.0.113.7 port 50001 ssh2: ED25519 SHA256:other";
    house.post(other, "loki");
    CHECK(house.findings().size() == 3);
    sign_off();
    house.post(line("3", "mallory"), "third");
    CHECK(house.findings().size() == 3);
  }
  SUBCASE("over a restart") {
    house.restart();
    house.post(line("2", "mallory"), "loki");
    house.pass(minutes(10), minutes(1));
    CHECK(house.findings().size() == 2);
  }
}

TEST_CASE("an open verdict is let go a week after its deadline, and a line that comes then still mends it") {
  Watched house;
  house.see(seen(house.clock, "alice", 50001, "bastion", 777), "k1");
  const auto happened = house.clock.now();
  house.pass(minutes(6), minutes(1));
  REQUIRE(house.verdict_of("alice") == "missing_log");
  // By its process alone only what may still change is found.
  const auto may_change = [&] {
    core::Event by_process;
    by_process.time = happened;
    by_process.host = "bastion";
    by_process.pid = 777;
    std::size_t found = 0;
    house.work([&](app::Ledger& ledger) -> Result<void> {
      const auto near = ledger.near(by_process, minutes(2), true);
      if (!near) return std::unexpected(near.error());
      found = near->size();
      return {};
    });
    return found == 1;
  };
  const auto stir = [&] {
    house.reconcile->wake();
    house.settle();
  };
  const auto week = std::chrono::days(7);
  house.clock.advance(week - minutes(2));
  stir();
  CHECK(may_change());
  house.clock.advance(minutes(2));
  stir();
  CHECK_FALSE(may_change());
  CHECK(house.verdict_of("alice") == "missing_log");

  auto line = login(house.clock, "late", "alice");
  line.time = happened;
  line.pid = 777;
  CHECK(house.post(line).duplicates == 1);
  CHECK(house.verdict_of("alice") == "matched");
  CHECK_MESSAGE(house.one("alice").reasons.contains("the log line came late by 168 h"), house.one("alice").reasons);
  CHECK_FALSE(may_change());
}

TEST_CASE("a line repeated under ever new ids is held so often, counted beyond, and hides no other") {
  constexpr int repeats = 10'000, batch = 1000;
  Watched house;
  const auto line = login(house.clock, "", "alice");
  for (int i = 0; i < repeats; i += batch) {
    std::vector<core::Record> lines(batch, line);
    for (int j = 0; j < batch; ++j)
      lines[j].provider_id = fmt::format("r{}", i + j);
    const auto tally = house.post(std::move(lines));
    CHECK(tally.events + tally.duplicates == batch);
  }
  // What every further one has to read is all there is, however many came.
  const auto held = [&] {
    std::size_t sightings = 0;
    house.work([&](app::Ledger& ledger) -> Result<void> {
      const auto found = ledger.near(house.one("alice").event, minutes(2), true);
      if (!found) return std::unexpected(found.error());
      for (const auto& stored : *found)
        sightings += stored.sightings.size();
      return {};
    });
    return sightings;
  };
  const auto left_out = [&] {
    const auto standing = house.read([&](app::View& view) { return view.standing(house.clock.now()); });
    for (const auto& [name, n] : standing.counters)
      if (name == "sightings.left_out.papertrail") return n;
    return std::int64_t{0};
  };
  CHECK(house.one("alice").sightings.size() == 16);
  CHECK(held() == 16);
  CHECK(left_out() == repeats - 16);
  CHECK(house.approvals().size() == 2);

  house.see(seen(house.clock, "alice"), "k1");
  CHECK(house.verdict_of("alice") == "matched");
  auto other = line;
  other.provider_id = "other";
  other.message = "Accepted publickey for alice from 203.0.113.7 port 50001 ssh2: ED25519 SHA256:other";
  house.post(other);
  CHECK(house.verdict_of("alice") == "mismatch");
  for (int i = 0; i < 100; ++i) {
    other.provider_id = fmt::format("o{}", i);
    other.message = fmt::format("Accepted publickey for alice from 203.0.113.7 port 50001 ssh2: ED25519 SHA256:{}", i);
    house.post(other);
  }
  CHECK(house.one("alice").sightings.size() == 64 + 1);
  CHECK(left_out() == repeats - 16 + 101 - 48);
}

TEST_CASE("a full number of accounts that agree hides none that differs") {
  Watched house;
  auto line = login(house.clock, "", "alice");
  for (int i = 0; i < 40; ++i) {
    line.provider_id = fmt::format("r{}", i);
    line.pid = 1000 + i;
    house.post(line);
  }
  house.see(seen(house.clock, "alice"), "k1");
  CHECK(house.one("alice").sightings.size() == 32 + 1);
  CHECK(house.verdict_of("alice") == "matched");
  line.provider_id = "other";
  line.message = "Accepted publickey for alice from 203.0.113.7 port 50001 ssh2: ED25519 SHA256:other";
  house.post(line);
  CHECK(house.verdict_of("alice") == "mismatch");
}

TEST_CASE("a blind agent makes a line indeterminate, and what it spooled decides later") {
  Watched house;
  house.post(login(house.clock, "1", "alice"));
  house.pass(minutes(6), seconds(10));
  CHECK(house.verdict_of("alice") == "indeterminate");
  CHECK(house.one("alice").reasons.contains("silent"));
  CHECK(house.findings().empty());
  SUBCASE("with the login") {
    auto account = seen(house.clock, "alice");
    account.time = house.one("alice").event.time;
    house.see(account, "k1");
    CHECK(house.verdict_of("alice") == "matched");
  }
  SUBCASE("without it") {
    house.heartbeat();
    CHECK(house.verdict_of("alice") == "missing_kernel");
  }
  SUBCASE("or never: records were lost") {
    house.work([&](app::Ledger& ledger) {
      return ledger.lose("bastion", "kernel", {house.clock.now() - minutes(7), house.clock.now(), 12, "12 lost"});
    });
    CHECK(house.verdict_of("alice") == "indeterminate");
    CHECK(house.one("alice").reasons.contains("12 lost"));
  }
  SUBCASE("over a restart") {
    house.restart();
    house.heartbeat();
    CHECK(house.verdict_of("alice") == "missing_kernel");
    CHECK(house.findings().size() == 1);
  }
}

TEST_CASE("a forged line on a real connection is a mismatch, whichever came first") {
  for (const bool forged_first : {false, true}) {
    Watched house;
    CAPTURE(forged_first);
    const auto forged = login(house.clock, "f", "alice"), real = login(house.clock, "r", "bob", 50001, "SHA256:alice");
    house.post(forged_first ? forged : real);
    house.post(forged_first ? real : forged);
    house.see(seen(house.clock, "bob"), "k1");
    for (const auto& row : house.events())
      if (row.stored.event.action == "ssh_login" && row.stored.event.port == 50001)
        CHECK_MESSAGE(row.stored.verdict == "mismatch", row.stored.event.user, ": ", row.stored.reasons);
  }
}

TEST_CASE("forged bursts: a few come one by one, the rest joins one that grows") {
  Watched house;
  for (int i = 0; i < 40; ++i)
    house.post(login(house.clock, fmt::format("f{}", i), "alice", 52000 + i));
  house.pass(minutes(5), minutes(1));
  house.heartbeat();
  const auto findings = house.findings();
  CHECK(findings.size() == 4);
  CHECK(findings[0].approval.events.size() == 37);
  house.pass(seconds(3));
  CHECK(house.chat.count("security_channel", "ask") == 4);
}

TEST_CASE("a provider that stays silent is one finding, for as long as nobody signs it off") {
  Watched house;
  for (int hour = 0; hour < 3; ++hour) {
    for (int i = 0; i < 6; ++i) {
      house.see(seen(house.clock, "alice", 52000 + hour * 10 + i, "bastion", 5000 + hour * 10 + i),
                fmt::format("k{}-{}", hour, i));
      house.pass(seconds(20), seconds(10));
    }
    house.pass(hours(1), minutes(1));
  }
  const auto findings = house.findings();
  CHECK(findings.size() == 4);  // three by themselves, then all the rest
  CHECK(findings[0].approval.events.size() == 15);
}

TEST_CASE("from another of our hosts: where you have a session, or none") {
  Watched house;
  auto inner = login(house.clock, "1", "alice", 50001, "SHA256:alice", "db1", "bastion.test");
  house.post(inner);
  CHECK(house.one("alice").news.ends_with("; from bastion, where you have no session"));
  CHECK(core::field(house.one("alice").event, "via.host") == "bastion");
  house.post(login(house.clock, "2", "alice", 50002));
  inner.provider_id = "3";
  inner.message = "Accepted publickey for alice from bastion.test port 50003 ssh2: ED25519 SHA256:alice";
  house.pass(seconds(1));
  inner.time = house.clock.now();
  house.post(inner);
  CHECK(house.logins("alice").front().news == "from bastion, where you have a session");
}

namespace {

/// A connection that bastion's kernel saw leave a session of `user`.
void leave(House& house, const std::string& user, int port, std::int64_t pid, const std::string& id) {
  core::Event out;
  out.time = house.clock.now();
  out.action = "connection_out";
  out.host = "bastion";
  out.user = user;
  out.address = "10.0.0.5";
  out.port = port;
  out.pid = pid;
  core::set_field(out, "destination.ip", "10.0.0.9");
  house.posted(out, "kernel", id);
}

core::Directory two_hosts() {
  auto entries = small_directory().entries();
  entries.hosts = {{"bastion", {}, {}, {}, false, false}, {"db1", {"10.0.0.9"}, {}, {}, false, false}};
  return core::Directory(std::move(entries));
}

}  // namespace

TEST_CASE("the kernel of the host between tells which session a login came out of") {
  const struct {
    const char* name;
    const char* out_of;  // whose session on bastion
    bool late;           // its account comes after the login's line
    const char* words;
  } cases[] = {{"their own", "alice", false, "from bastion, where you have a session"},
               {"their own, told late", "alice", true, "from bastion, where you have a session"},
               {"another's", "mallory", false, "from bastion, out of mallory's session there"},
               {"another's, told late", "mallory", true, "from bastion, out of mallory's session there"}};
  for (const auto& one : cases) {
    CAPTURE(one.name);
    House house;
    house.policy->replace(std::make_shared<const app::Policy>(
        app::Policy{small_engine(), two_hosts(), house.schedule, std::chrono::minutes(2)}));
    house.see(seen(house.clock, one.out_of, 50001, "bastion", 77), "outer");
    house.pass(seconds(5));
    const auto inner = login(house.clock, "1", "alice", 40404, "SHA256:alice", "db1", "10.0.0.5");
    if (!one.late) leave(house, one.out_of, 40404, 77, "out");
    house.post(inner);
    if (one.late) leave(house, one.out_of, 40404, 77, "out");
    house.pass(seconds(2));
    const auto rows = house.events();
    const auto found = std::ranges::find_if(
        rows, [](const auto& row) { return row.stored.event.host == "db1" && row.stored.event.action == "ssh_login"; });
    REQUIRE(found != rows.end());
    const auto stored = house.read([&](app::View& view) { return view.event(found->stored.id); });
    CHECK_MESSAGE(stored.news.ends_with(one.words), stored.news);
    CHECK(stored.news.find("from bastion") == stored.news.rfind("from bastion"));
    CHECK(core::field(stored.event, "via.host") == "bastion");
    CHECK_FALSE(core::field(stored.event, "via.session").empty());
    CHECK(core::field(stored.event, "via.user") == (one.out_of == std::string("alice") ? "" : "mallory"));
    CHECK(house.chat.delivered.back().events.back().news == stored.news);
  }
}

TEST_CASE("a connection out that no kernel told of proves nothing") {
  House house;
  core::Event out;
  out.time = house.clock.now();
  out.action = "connection_out";
  out.host = "bastion";
  out.user = "alice";
  out.address = "10.0.0.5";
  out.port = 40404;
  house.posted(out, "api", "out");
  house.post(login(house.clock, "1", "alice", 40404, "SHA256:alice", "db1", "10.0.0.5"));
  for (const auto& row : house.events())
    CHECK_FALSE(row.stored.news.contains("bastion"));
}

TEST_CASE("a host is believed until its first root session") {
  Watched house;
  house.post(login(house.clock, "1", "root", 50001, "SHA256:x"));
  auto earlier = login(house.clock, "2", "root", 50002, "SHA256:x");
  earlier.time = *earlier.time - hours(1);
  house.post(earlier);
  const auto roots = house.read([](app::View& view) { return view.first_roots(); });
  REQUIRE(roots.size() == 1);
  CHECK(roots[0].host == "bastion");
  CHECK(roots[0].time == *earlier.time);
}

TEST_CASE("a client that took its time and left between the two is no forgery") {
  const struct {
    const char* name;
    Duration before;  // the connection's start, before the line
    const char* verdict;
    const char* witness = "kernel";
  } cases[] = {{"at once", seconds(1), "indeterminate"},
               {"after a slow password", seconds(100), "indeterminate"},
               {"its port was used long before, by another", minutes(5), "missing_kernel"},
               {"a program said so", seconds(1), "missing_kernel", "api"},
               {"a log said so", seconds(1), "missing_kernel", "log"}};
  for (const auto& one : cases) {
    CAPTURE(one.name);
    Watched house;
    core::Event start;
    start.time = house.clock.now();
    start.action = "ssh_connection_start";
    start.host = "bastion";
    start.address = "203.0.113.7";
    start.port = 50001;
    house.posted(start, one.witness, "c");
    house.pass(one.before, one.before);
    house.post(login(house.clock, "1", "alice", 50001));
    house.pass(minutes(5) + seconds(1), minutes(1));
    house.heartbeat();
    house.settle();
    CHECK(house.verdict_of("alice") == one.verdict);
  }
}
