#include <cstdlib>
#include <map>
#include <random>
#include <sstream>

#include "app/agent_link.hpp"
#include "app/aliases.hpp"
#include "tests/unit/app/house.hpp"

using namespace countersign;
using namespace countersign::test;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

struct Sent {
  core::Record line;                   // of the log, where it has a message
  std::optional<core::Event> account;  // of the kernel
  std::string id;
  std::size_t host = 0;
};

struct Span {
  Timestamp from{}, until{};
  [[nodiscard]] bool touches(Timestamp a, Timestamp b) const { return from < b && a < until; }
};

/// In which a host's agent is away, or there and losing records.
struct Blind {
  Span span;
  std::int64_t lost = 0;  // 0: away
};

/// A host's agent: what it saw and did not send yet, and how far its word on its own attention goes.
struct Witness {
  std::string host;
  std::vector<Blind> blinds;  // in order, apart
  Timestamp covered{};
  std::int64_t sequence = 0;
  std::vector<app::PostedEvent> saw{};

  std::vector<app::AgentBatch> batches_until(Timestamp now) {
    std::vector<app::AgentBatch> batches;
    for (const auto& [span, lost] : blinds) {
      if (span.until <= covered || span.from >= now) continue;
      if (span.from > covered) batches.push_back(batch(span.from, 0));
      if (lost > 0)
        batches.push_back(batch(std::min(span.until, now), lost));
      else
        covered = std::min(span.until, now);
    }
    if (covered < now) batches.push_back(batch(now, 0));
    if (!batches.empty()) batches.back().events = std::exchange(saw, {});
    return batches;
  }

 private:
  app::AgentBatch batch(Timestamp until, std::int64_t lost) {
    app::AgentBatch made;
    made.host = host;
    made.agent = made.boot = "agent-" + host;
    made.sequence = ++sequence;
    made.coverage = {covered, until, lost, 0, lost > 0 ? "ring buffer full" : ""};
    made.digest = made.content = fmt::format("{} {}", host, sequence);
    covered = until;
    return made;
  }
};

/// Hands batches in and waits for all of them together, as a server with many agents does.
class Posting {
 public:
  explicit Posting(House& house) : link_(*house.store, *house.policy, house.clock) {}
  void post(app::AgentBatch batch) {
    auto answered = std::make_shared<std::promise<bool>>();
    answers_.push_back(answered->get_future());
    link_.accept(std::move(batch), false, [answered](Result<app::Acknowledged> taken) {
      answered->set_value(taken && taken->conflict.empty());
    });
  }
  void wait() {
    for (auto& answer : answers_)
      REQUIRE(answer.get());
    answers_.clear();
  }

 private:
  app::AgentLink link_;
  std::vector<std::future<bool>> answers_;
};

std::string host_name(std::size_t host) {
  return fmt::format("web{}", host);
}

/// Of some hosts the log speaks under a name that nobody declared.
bool has_other_name(std::size_t host) {
  return host % 50 == 7;
}

}  // namespace

/// COUNTERSIGN_SIMULATE="HOSTS HOURS LOGINS" sets its size; tests/bench/simulate runs the large one.
TEST_CASE("simulation: every fault that was injected is found, and none that was not") {
  std::size_t hosts = 10, span_hours = 8, logins = 800;
  if (const char* size = std::getenv("COUNTERSIGN_SIMULATE")) std::istringstream(size) >> hosts >> span_hours >> logins;
  std::mt19937_64 random(20261120);
  const auto under = [&](std::uint64_t bound) { return random() % bound; };

  House house;
  house.schedule.shadow = true;
  for (auto& pace : house.schedule.by_severity)
    pace = {seconds(60), hours(10'000), hours(10'000), hours(10'000)};
  house.apply_schedule();
  const auto start = house.clock.now();
  const auto end = start + hours(span_hours);

  std::vector<std::string> names;
  std::vector<std::vector<Blind>> blinds(hosts);
  std::vector<Duration> skews(hosts);  // how far the log's clock is ahead of the kernel's
  for (std::size_t host = 0; host < hosts; ++host) {
    names.push_back(host_name(host));
    // Until a clock's error is learnt a short blindness can't be told from its logins' time.
    if (host % 7 == 3) {
      skews[host] = seconds(under(180)) - seconds(90);
      continue;
    }
    const auto some_time = [&] { return start + hours(1) + seconds(under((span_hours - 3) * 3600)); };
    if (under(10) < 3) {
      const auto from = some_time();
      blinds[host].push_back({{from, from + minutes(10 + under(50))}, 0});
    }
    for (std::size_t i = 0; under(10) < 4 && i < 1 + span_hours / 24; ++i) {
      const auto from = some_time();
      const Blind loss{{from, from + seconds(20 + under(160))}, 1 + static_cast<std::int64_t>(under(9))};
      const auto beside = [&](const Blind& other) { return !other.span.touches(loss.span.from, loss.span.until); };
      if (std::ranges::all_of(blinds[host], beside)) blinds[host].push_back(loss);
    }
    std::ranges::sort(blinds[host], {}, [](const Blind& blind) { return blind.span.from; });
  }
  const auto is_blind = [&](std::size_t host, Timestamp from, Timestamp until) {
    return std::ranges::any_of(blinds[host], [&](const Blind& blind) { return blind.span.touches(from, until); });
  };
  // While a provider is late, what it got comes at the end.
  std::vector<Span> late;
  for (std::size_t i = 0; i < 1 + span_hours / 24; ++i) {
    const auto from = start + hours(1) + seconds(under((span_hours - 3) * 3600));
    late.push_back({from, from + minutes(20 + under(30))});
  }
  house.work([&](app::Ledger& ledger) { return ledger.expect_agents(names); });

  std::multimap<Timestamp, Sent> arrivals;
  std::map<std::string, std::string> expected;  // by sighting's id
  for (std::size_t i = 0; i < logins; ++i) {
    const bool first = i < hosts;  // a log stream is owed from here on
    const auto host = first ? i : under(hosts);
    const auto at =
        first ? start + seconds(1) : start + minutes(30) + Duration(under((span_hours * 3600 - 5400) * 1'000'000ULL));
    const auto fault = first ? 999 : under(1000);
    const bool suppressed = fault < 5, differs = fault >= 10 && fault < 13;
    const bool blind = is_blind(host, at, at + Duration(1));

    core::Event account;
    account.time = at;
    account.action = "ssh_login";
    account.host = names[host];
    account.user = "deploy";
    account.address = fmt::format("203.0.{}.{}", under(100), 1 + under(250));
    account.port = 1024 + static_cast<std::int64_t>(under(60'000));
    account.pid = 1000 + static_cast<std::int64_t>(i);
    account.method = "publickey";
    account.key = "SHA256:ci";
    Sent line;
    line.id = fmt::format("l{}", i);
    line.line.time = at + skews[host] - Duration(10'000);
    const bool renamed = has_other_name(host);
    line.line.host = renamed ? "ip-" + account.host : account.host;
    line.line.program = "sshd";
    line.line.pid = account.pid;
    line.line.provider_id = line.id;
    line.line.message = fmt::format("Accepted publickey for {} from {} port {} ssh2: ED25519 SHA256:ci",
                                    differs ? "mallory" : "deploy", account.address, *account.port);
    auto arrives = at + Duration(under(20'000'000));
    const bool of_late = host % 3 == 0;
    for (const auto& window : late)
      if (of_late && window.touches(at, at + Duration(1))) arrives = window.until + Duration(under(5'000'000));
    // What a forged line needs is the whole time until its deadline; none is made where a learnt delay could decide.
    const bool unproved = is_blind(host, *line.line.time - seconds(2), arrives + minutes(5));
    const bool forged = fault >= 5 && fault < 10 && unproved == is_blind(host, at - minutes(2), arrives + minutes(10));
    if (!suppressed) {
      arrivals.emplace(arrives, line);
      const bool unseen = forged ? unproved : blind;
      expected[line.id] = renamed   ? "unenrolled"
                          : unseen  ? "indeterminate"
                          : forged  ? "missing_kernel"
                          : differs ? "mismatch"
                                    : "matched";
      if (under(50) == 0) arrivals.emplace(arrives + seconds(under(600)), line);  // delivered again
      if (under(50) == 0) {                                                       // and under an id of its own
        auto again = line;
        again.id = again.line.provider_id = fmt::format("r{}", i);
        expected[again.id] = expected[line.id];
        arrivals.emplace(arrives + seconds(under(600)), std::move(again));
      }
    }
    if (!forged && !blind) {
      const auto id = fmt::format("k{}", i);
      arrivals.emplace(at, Sent{{}, account, id, host});
      // No log ever came from a host that bears another name there, so none is owed.
      expected[id] = renamed ? "indeterminate" : suppressed ? "missing_log" : differs ? "mismatch" : "matched";
    }
  }

  std::vector<Witness> witnesses;
  for (std::size_t host = 0; host < hosts; ++host)
    witnesses.push_back({names[host], blinds[host], start});
  Posting posting(house);
  for (auto now = start; now < end + hours(2); now += minutes(1)) {
    house.clock.advance(now - house.clock.now());
    std::vector<core::Record> lines[2];
    while (!arrivals.empty() && arrivals.begin()->first <= now) {
      auto sent = std::move(arrivals.begin()->second);
      arrivals.erase(arrivals.begin());
      if (sent.account)
        witnesses[sent.host].saw.push_back({*sent.account, sent.id, sent.id});
      else
        lines[sent.line.host.size() % 2].push_back(std::move(sent.line));
    }
    for (auto& batch : lines)
      if (!batch.empty()) house.post(std::move(batch));
    const bool beat = (now - start) % minutes(10) == Duration::zero();
    for (auto& witness : witnesses)
      if (beat || !witness.saw.empty())
        for (auto& batch : witness.batches_until(now)) {
          const bool again = under(50) == 0;  // its acknowledgement was lost
          if (again) posting.post(batch);
          posting.post(std::move(batch));
        }
    posting.wait();
    house.settle();
  }

  std::map<std::pair<std::string, std::string>, std::size_t> confusion;
  std::map<std::string, std::string> found;
  app::EventFilter filter;
  filter.limit = 1000;
  do {
    const auto page = house.read([&](app::View& view) { return view.events(filter); });
    for (const auto& row : page.rows) {
      if (row.stored.event.action != "ssh_login") continue;
      const auto stored = house.read([&](app::View& view) { return view.event(row.stored.id); });
      for (const auto& sighting : stored.sightings)
        found[sighting.provider_id] = stored.verdict;
    }
    filter.cursor = page.next_cursor;
  } while (!filter.cursor.empty());
  std::size_t wrong = 0;
  for (const auto& [id, verdict] : expected) {
    const auto at = found.find(id);
    const auto got = at == found.end() ? "lost" : at->second;
    ++confusion[{verdict, got}];
    if (got != verdict && ++wrong <= 10) MESSAGE(id, ": ", verdict, " expected, ", got, " found");
  }
  std::string matrix = fmt::format("{} hosts, {} h, {} logins\n{:<16} {:<16} {:>9}\n", hosts, span_hours, logins,
                                   "injected", "verdict", "sightings");
  for (const auto& [pair, n] : confusion)
    matrix += fmt::format("{:<16} {:<16} {:>9}\n", pair.first, pair.second, n);
  MESSAGE(matrix);
  CHECK(wrong == 0);
  CHECK(found.size() == expected.size());
  const auto proposed =
      house.read([&](app::View& view) { return app::undeclared_aliases(view, house.policy->current()->directory); })
          .proposed;
  for (const auto& proposal : proposed) {
    CHECK(proposal.evidence.name == "ip-" + proposal.evidence.host);
    CHECK_FALSE(proposal.is_relay());
  }
  std::size_t renamed = 0;
  for (std::size_t host = 0; host < hosts; ++host)
    renamed += has_other_name(host) ? 1 : 0;
  CHECK(proposed.size() == renamed);
}
