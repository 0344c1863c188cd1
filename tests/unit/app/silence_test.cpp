// Sources and hosts that fall silent: one finding each source, amended, kept through restarts, never for our own
// absence.
#include "app/silence.hpp"

#include "unit/app/house.hpp"

namespace countersign::test {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

core::Record line(const Clock& clock, std::string host) {
  core::Record record;
  record.time = clock.now();
  record.host = std::move(host);
  record.program = "cron";  // nobody watches it: a sign of life all the same
  record.message = "session opened";
  record.provider_id = to_rfc3339(clock.now()) + record.host;
  return record;
}

struct Watch {
  House house;
  app::Silence silence;
  Timestamp next{};

  void look() {
    house.work([&](app::Ledger& ledger) -> Result<void> {
      const auto due = silence.look(ledger, *house.policy->current(), house.clock.now());
      if (!due) return std::unexpected(due.error());
      next = *due;
      return {};
    });
  }
  void speak(std::initializer_list<const char*> of) {
    std::vector<core::Record> records;
    for (const auto* host : of)
      records.push_back(line(house.clock, host));
    house.post(std::move(records));
  }
  /// As after nine days in which these spoke every two minutes.
  void nine_days(std::initializer_list<const char*> of) {
    look();
    const auto now = house.clock.now();
    house.work([&](app::Ledger& ledger) -> Result<void> {
      std::vector<std::string> hosts(of.begin(), of.end());
      hosts.emplace_back();
      for (const auto& host : hosts) {
        app::HeardOf heard{"papertrail", host, now - days(9), now, {}, {}};
        for (auto at = heard.first; at < now; at += minutes(2))
          heard.rhythm.add(at, minutes(2));
        if (auto put = ledger.put(heard); !put) return put;
      }
      return {};
    });
  }
  /// These speak every two minutes, and it is looked as often.
  void ordinary(Duration span, std::initializer_list<const char*> of) {
    for (auto gone = Duration::zero(); gone < span; gone += minutes(2)) {
      house.clock.advance(minutes(2));
      speak(of);
      look();
    }
  }
  void quiet(Duration span) {
    for (auto gone = Duration::zero(); gone < span; gone += minutes(4)) {
      house.clock.advance(minutes(4));
      look();
    }
  }
  std::vector<app::FullApproval> findings() {
    auto all = house.approvals();
    std::erase_if(all, [](const auto& each) { return each.approval.kind != "finding"; });
    return all;
  }
};

}  // namespace

TEST_CASE("a host that always spoke sooner is one finding, and one less when it is back; restarts repeat nothing") {
  Watch watch;
  watch.nine_days({"bastion", "web1"});
  watch.ordinary(minutes(30), {"web1"});
  CHECK(watch.findings().empty());
  watch.ordinary(minutes(30), {"web1"});
  REQUIRE(watch.findings().size() == 1);
  const auto said = watch.findings()[0].approval;
  CHECK(said.reason.starts_with("no log by papertrail from bastion for "));
  CHECK(watch.findings()[0].events[0].event.host == "bastion");
  REQUIRE(watch.silence.reasons().size() == 1);
  CHECK(watch.silence.reasons()[0].starts_with("no log of bastion by papertrail since 2026-"));
  SUBCASE("through a restart") {
    watch.house.restart();
    watch.ordinary(minutes(10), {"web1"});
    CHECK(watch.findings().size() == 1);
  }
  SUBCASE("decided while it goes on, it is not raised again; the next silence is another") {
    REQUIRE(watch.house.say(said.id, says(core::Act::approve, "Sec", true)));
    watch.ordinary(hours(1), {"web1"});
    CHECK(watch.findings().size() == 1);
    watch.ordinary(minutes(2), {"bastion", "web1"});
    CHECK(watch.silence.reasons().empty());
    watch.ordinary(hours(3), {"web1"});
    CHECK(watch.findings().size() == 2);
  }
  SUBCASE("back again") {
    watch.ordinary(minutes(2), {"bastion", "web1"});
    REQUIRE(watch.findings().size() == 1);
    CHECK(watch.findings()[0].approval.reason.starts_with("log by papertrail is back since"));
    CHECK(watch.silence.reasons().empty());
  }
}

TEST_CASE("a whole source that falls silent is one finding") {
  Watch watch;
  watch.nine_days({"bastion", "web1", "web2"});
  watch.quiet(hours(1));
  REQUIRE(watch.findings().size() == 1);
  CHECK(watch.findings()[0].approval.reason.starts_with("papertrail fell silent: no log from any host for "));
  REQUIRE(watch.silence.reasons().size() == 1);
  CHECK(watch.silence.reasons()[0].starts_with("nothing came by papertrail since"));
}

TEST_CASE("our own absence is nobody's silence, and nobody's rhythm") {
  Watch watch;
  watch.nine_days({"bastion"});
  watch.house.clock.advance(hours(5));
  watch.house.restart();
  watch.look();
  CHECK(watch.findings().empty());
  watch.speak({"bastion"});
  watch.quiet(minutes(28));
  CHECK(watch.findings().empty());
  watch.quiet(hours(1));
  CHECK(watch.findings().size() == 1);
}

TEST_CASE("what was learnt needs a week; a host's own time and an owed log don't") {
  Watch watch;
  watch.look();
  watch.ordinary(hours(1), {"bastion", "web1"});
  watch.quiet(hours(20));
  CHECK(watch.findings().empty());
  watch.speak({"bastion", "web1"});

  auto entries = small_directory().entries();
  entries.hosts[0].silent_after = minutes(5);
  core::Host owed;
  owed.name = "web1";
  owed.log = true;
  core::Host never;
  never.name = "never";
  never.log = true;
  entries.hosts.push_back(owed);
  entries.hosts.push_back(never);
  watch.house.policy->replace(std::make_shared<const app::Policy>(
      app::Policy{small_engine(), core::Directory(std::move(entries)), watch.house.schedule}));
  watch.quiet(minutes(4));
  CHECK(watch.findings().empty());
  CHECK(watch.next < watch.house.clock.now() + seconds(61));
  watch.quiet(minutes(4));
  REQUIRE(watch.findings().size() == 1);
  CHECK(watch.silence.reasons().back() == "no log of never ever came");
  watch.quiet(hours(24));
  REQUIRE(watch.findings().size() == 1);
  CHECK(watch.findings()[0].approval.reason.find("web1") != std::string::npos);
}

TEST_CASE("a provider that says it left something out is one finding while nobody decided it") {
  House house;
  const auto deliver = [&](std::string left_out, bool live) {
    app::Decoded decoded;
    decoded.left_out = std::move(left_out);
    app::Source source{"papertrail", "log", {"*"}, "", true};
    source.live = live;
    std::promise<Result<app::Tally>> answered;
    house.ingest->messages(source, std::move(decoded), [&](auto tally) { answered.set_value(std::move(tally)); });
    REQUIRE(answered.get_future().get());
    house.settle();
  };
  deliver("", true);
  deliver("a search's limits are no gap", false);
  CHECK(house.approvals().empty());
  deliver("2 of 3 messages came", true);
  deliver("4 of 9 messages came", true);
  REQUIRE(house.approvals().size() == 1);
  const auto finding = house.approvals()[0];
  CHECK(finding.events[0].event.action == "finding_log_gap");
  CHECK(finding.approval.reason.starts_with("papertrail left messages out: 4 of 9 messages came"));
}

TEST_CASE("hosts that a sender names are bounded, each source for itself") {
  Watch watch;
  for (int i = 0; i < 12; ++i) {
    std::vector<core::Record> records;
    for (int host = 0; host < 1200; ++host)
      records.push_back(line(watch.house.clock, fmt::format("h{}-{}", i, host)));
    watch.house.post(std::move(records));
  }
  watch.house.post({line(watch.house.clock, "bastion")}, "loki");
  std::map<std::string, std::size_t> kept;
  watch.house.work([&](app::Ledger& ledger) -> Result<void> {
    const auto all = ledger.all_heard();
    if (!all) return std::unexpected(all.error());
    for (const auto& heard : *all)
      if (!heard.host.empty()) ++kept[heard.source];
    return {};
  });
  CHECK(kept == std::map<std::string, std::size_t>{{"loki", 1}, {"papertrail", 4096}});
  const auto counters = watch.house.read([](app::View& view) { return view.standing(Timestamp{}); }).counters;
  // A delivery's first thousand hosts are heard of.
  const std::pair<std::string, std::int64_t> not_watched("hosts.not_watched.papertrail", 12'000 - 4096);
  CHECK(std::ranges::find(counters, not_watched) != counters.end());
  watch.look();
  REQUIRE(watch.silence.reasons().size() == 1);
  CHECK(watch.silence.reasons()[0].starts_with("papertrail names 4096 hosts or more"));
}

}  // namespace countersign::test
