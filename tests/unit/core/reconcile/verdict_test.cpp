#include "core/reconcile/verdict.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "unit/core/reconcile/sayings.hpp"

using namespace countersign;
using namespace countersign::core;
using namespace countersign::core::reconcile_test;

namespace {

const ReconcileSettings settings{};  // 2 min window, 5 min grace, 10 s heartbeat

/// An agent that missed nothing, and a log stream that spoke before.
Evidence evidence(std::vector<Testimony> said) {
  Evidence all;
  all.accounts = std::move(said);
  all.coverage = {true, noon + hours(24), {}};
  auto& stream = all.streams.of("papertrail", "log");
  stream.first = noon - hours(1);
  stream.heard = noon - minutes(1);
  return all;
}
template <typename Change>
Evidence but(Evidence all, Change change) {
  change(all);
  return all;
}
Evidence blind(Evidence all, Duration from, Duration until, std::string why, std::int64_t lost = 0) {
  all.coverage.gaps.push_back({noon + from, noon + until, lost, std::move(why)});
  return all;
}
Evidence until(Evidence all, Duration at) {
  all.coverage.covered_until = noon + at;
  return all;
}
Evidence silent_host(Evidence all) {
  all.streams.all.clear();
  return all;
}
Testimony user(Testimony said, std::string name) {
  return with(std::move(said), [&](Event& event) { event.user = std::move(name); });
}
Testimony key(Testimony said, std::string fingerprint) {
  return with(std::move(said), [&](Event& event) { event.key = std::move(fingerprint); });
}
Testimony from(Testimony said, std::string source) {
  said.source = std::move(source);
  return said;
}

}  // namespace

TEST_CASE("verdicts, with their reasons") {
  const struct {
    const char* name;
    Evidence evidence;
    Duration now;
    std::string_view verdict;
    const char* words;  // that the reasons hold
    bool independent = false;
    std::optional<Duration> look_again = std::nullopt;
  } table[] = {
      // both spoke
      {"log, then kernel", evidence({log(), kernel(seconds(0), seconds(2))}), seconds(3), "matched", "agree", true},
      {"kernel, then log", evidence({kernel(), log(seconds(0), seconds(9))}), seconds(9), "matched", "agree", true},
      {"two logs and the kernel", evidence({log(), from(log(), "loki"), kernel()}), seconds(3), "matched",
       "loki (log) and papertrail (log) and agent:web1 (kernel)", true},
      {"both through one agent", evidence({from(log(), "agent:web1"), kernel()}), seconds(3), "matched",
       "both came through agent:web1", false},
      {"both streams of one agent", evidence({from(log(), "agent:web1/log"), kernel()}), seconds(3), "matched",
       "one witness", false},
      {"one agent's log and another provider's", evidence({from(log(), "agent:web1"), log(), kernel()}), seconds(3),
       "matched", "agree", true},
      {"the log line late by 7 min", evidence({kernel(), log(seconds(0), minutes(12) + seconds(1))}), minutes(13),
       "matched", "the log line came late by 7 min", true},
      {"the kernel's account late by hours", evidence({log(), kernel(seconds(0), hours(3) + minutes(6))}), hours(4),
       "matched", "the kernel's account came late by 3 h", true},
      {"late by seconds", evidence({kernel(), log(seconds(0), minutes(5) + seconds(31))}), minutes(6), "matched",
       "late by 30 s", true},
      {"at the deadline is not late", evidence({kernel(), log(seconds(0), minutes(5) + seconds(1))}), minutes(6),
       "matched", "agree", true},
      {"they agree although the agent was blind", blind(evidence({log(), kernel()}), -minutes(1), minutes(1), "x"),
       seconds(9), "matched", "agree", true},
      {"a host without agent that has a kernel's word",
       but(evidence({log(), kernel()}), [](Evidence& e) { e.coverage = {}; }), seconds(9), "matched", "agree", true},
      {"they differ on the user", evidence({log(), user(kernel(), "bob")}), seconds(3), "mismatch", "says bob"},
      {"one of two logs differs", evidence({log(), user(from(log(), "loki"), "bob"), kernel()}), seconds(3), "mismatch",
       "loki (log) says bob"},
      {"they differ on the key", evidence({log(), with(kernel(), [](Event& e) { e.key = "SHA256:other"; })}),
       seconds(3), "mismatch", "key: "},
      {"they differ on the method", evidence({log(), with(kernel(), [](Event& e) { e.method = "password"; })}),
       seconds(3), "mismatch", "method: "},
      {"they differ on the address", evidence({log(), with(kernel(), [](Event& e) { e.address = "10.0.0.1"; })}),
       seconds(3), "mismatch", "address: "},
      {"a mismatch that came late", evidence({kernel(), user(log(seconds(0), hours(1)), "bob")}), hours(2), "mismatch",
       "user: "},
      {"kernel and PAM where no log is owed", silent_host(evidence({kernel(), says("pam", "agent:web1")})), seconds(3),
       "matched", "one witness", false},
      {"kernel and a program's word where no log is owed", silent_host(evidence({kernel(), says("api", "deploy")})),
       seconds(3), "matched", "deploy (api)", true},

      // the kernel alone
      {"no line yet", evidence({kernel()}), seconds(2), "waiting", "may come until", false, minutes(5) + seconds(1)},
      {"no line at the last moment", evidence({kernel()}), minutes(5), "waiting", "", false, minutes(5) + seconds(1)},
      {"no line", evidence({kernel()}), minutes(5) + seconds(1), "missing_log",
       "no log line came by 2026-11-20T12:05:01Z"},
      {"no line, and when the stream last spoke", evidence({kernel()}), hours(1), "missing_log",
       "papertrail last spoke for this host at 2026-11-20T11:59:00Z"},
      {"no line, from a host that owes one",
       but(silent_host(evidence({kernel()})), [](Evidence& e) { e.log_owed = true; }), hours(1), "missing_log",
       "no log line"},
      {"no line was ever owed", silent_host(evidence({kernel()})), hours(1), "indeterminate", "log = true"},
      {"no line was ever owed, and there is time", silent_host(evidence({kernel()})), seconds(2), "waiting", "", false,
       minutes(5) + seconds(1)},
      {"the first line of its host came after it",
       but(evidence({kernel()}), [](Evidence& e) { e.streams.all[0].first = noon + seconds(1); }), hours(1),
       "indeterminate", "ever came"},
      {"only the kernel's own stream spoke before",
       but(silent_host(evidence({kernel()})),
           [](Evidence& e) { e.streams.of("agent:web1", "kernel").first = noon - hours(9); }),
       hours(1), "indeterminate", ""},
      {"no line, though PAM tells of it", evidence({kernel(), says("pam", "agent:web1")}), hours(1), "missing_log",
       "though agent:web1 (pam) tells of it too"},
      {"the kernel saw it twice and nothing logged it", evidence({kernel(), kernel(Duration(300))}), hours(1),
       "missing_log", ""},
      {"no line, and the agent was blind elsewhere", blind(evidence({kernel()}), -minutes(9), minutes(9), "x"),
       hours(1), "missing_log", ""},
      {"the kernel's account came late: its deadline counts from there", evidence({kernel(seconds(0), hours(2))}),
       hours(2) + minutes(4), "waiting", "", false, hours(2) + minutes(5)},

      // a line alone
      {"no kernel's word yet", evidence({log()}), seconds(2), "waiting", "may come until", false,
       minutes(5) + seconds(1)},
      {"forged, and repeated by a system that reads the log", evidence({log(), says("kernel", "wazuh")}),
       minutes(5) + seconds(1), "missing_kernel", "papertrail (log) and wazuh (kernel) has the line"},
      {"told by another system alone, and the agent missed nothing", evidence({says("kernel", "wazuh")}),
       minutes(5) + seconds(1), "missing_kernel", "wazuh (kernel) tells of it"},
      {"both told of it, and the agent may still", evidence({log(), says("kernel", "wazuh")}), seconds(3), "waiting",
       "the kernel's account may come until", false, minutes(5) + seconds(1)},
      {"the agent was blind and another system was not",
       blind(evidence({log(), says("kernel", "osquery")}), seconds(-1), seconds(1), "agent silent"), minutes(6),
       "matched", "osquery (kernel) agree", true},
      {"without an agent, another system",
       but(evidence({log(), says("kernel", "osquery")}), [](Evidence& all) { all.coverage = {}; }), seconds(3),
       "matched", "osquery (kernel) agree", true},
      {"forged", evidence({log()}), minutes(5) + seconds(1), "missing_kernel", "neither login nor connection"},
      {"forged, covered to the very deadline", until(evidence({log()}), minutes(5) + seconds(1)),
       minutes(5) + seconds(1), "missing_kernel", "2026-11-20T11:59:58Z to 2026-11-20T12:05:01Z"},
      {"the closing batch is awaited", until(evidence({log()}), minutes(5)), minutes(5) + seconds(1), "waiting",
       "is awaited", false, minutes(5) + seconds(11)},
      {"the closing batch did not come", until(evidence({log()}), minutes(5)), minutes(5) + seconds(11),
       "indeterminate", "agent silent (2026-11-20T12:05:00Z to 2026-11-20T12:05:01Z)"},
      {"the agent fell silent before it", until(evidence({log()}), -minutes(3)), hours(1), "indeterminate",
       "agent silent (2026-11-20T11:59:58Z to 2026-11-20T12:05:01Z)"},
      {"the agent was silent then", blind(evidence({log()}), -minutes(1), minutes(1), "agent silent"), hours(1),
       "indeterminate", "agent silent (2026-11-20T11:59:58Z to 2026-11-20T12:01:00Z)"},
      {"records were lost", blind(evidence({log()}), seconds(-5), seconds(5), "login records lost", 12), hours(1),
       "indeterminate", "12 login records lost"},
      {"a batch is missing", blind(evidence({log()}), minutes(4), minutes(5), "batch 17 missing"), hours(1),
       "indeterminate", "batch 17 missing"},
      {"two gaps", blind(blind(evidence({log()}), -seconds(9), seconds(1), "one"), minutes(1), minutes(2), "two"),
       hours(1), "indeterminate", "one (2026-11-20T11:59:58Z to 2026-11-20T12:00:01Z), two"},
      {"a gap that ended 2 s before it", blind(evidence({log()}), -hours(1), -seconds(2), "x"), hours(1),
       "missing_kernel", ""},
      {"a gap that ended within the 2 s", blind(evidence({log()}), -hours(1), -seconds(1), "x"), hours(1),
       "indeterminate", ""},
      {"a gap after the deadline", blind(evidence({log()}), minutes(6), hours(1), "x"), hours(1), "missing_kernel", ""},
      {"a gap from the deadline on", blind(evidence({log()}), minutes(5) + seconds(1), hours(1), "x"), hours(1),
       "missing_kernel", ""},
      {"the kernel saw it connect", but(evidence({log()}), [](Evidence& e) { e.connection_started = true; }), hours(1),
       "indeterminate", "a client may leave between the two"},
      {"it connected, and the agent was blind",
       but(blind(evidence({log()}), seconds(0), seconds(1), "agent silent"),
           [](Evidence& e) { e.connection_started = true; }),
       hours(1), "indeterminate", "agent silent"},
      {"no agent", but(evidence({log()}), [](Evidence& e) { e.coverage = {}; }), seconds(1), "unenrolled", "no agent"},
      {"no agent, two logs", but(evidence({log(), from(log(), "loki")}), [](Evidence& e) { e.coverage = {}; }),
       hours(1), "unenrolled", ""},
      {"no agent, and two logs with two keys",
       but(evidence({log(), key(from(log(), "loki"), "SHA256:other")}), [](Evidence& e) { e.coverage = {}; }), hours(1),
       "unenrolled",
       "its accounts differ: loki (log) says publickey with SHA256:other, papertrail (log) says publickey with "
       "SHA256:alice; no agent is on this host"},
      {"no agent, and two users of one connection: two logins",
       but(evidence({log(), user(from(log(), "loki"), "bob")}), [](Evidence& e) { e.coverage = {}; }), hours(1),
       "unenrolled", "no agent is on this host: one witness only"},
      {"a kind of login that no agent sees, and two keys",
       but(evidence({log(), key(from(log(), "loki"), "SHA256:other")}), [](Evidence& e) { e.beyond_kernel = true; }),
       hours(1), "not_applicable", "its accounts differ: loki (log)"},
      {"two keys, and the agent may still say which", evidence({log(), key(from(log(), "loki"), "SHA256:other")}),
       minutes(4), "waiting", "may come until", false, minutes(5) + seconds(1)},
      {"two keys, and the agent missed nothing", evidence({log(), key(from(log(), "loki"), "SHA256:other")}), hours(1),
       "missing_kernel", "its accounts differ: loki (log)"},
      {"two keys, and the agent was blind",
       blind(evidence({log(), key(from(log(), "loki"), "SHA256:other")}), seconds(0), seconds(1), "x"), hours(1),
       "indeterminate", "its accounts differ: loki (log)"},
      {"one of two logs has another key than the kernel saw",
       evidence({log(), key(from(log(), "loki"), "SHA256:other"), kernel()}), seconds(3), "mismatch",
       "key: loki (log) says SHA256:other"},
      {"an agent that never spoke", but(evidence({log()}), [](Evidence& e) { e.coverage = {true, {}, {}}; }), hours(1),
       "indeterminate", "agent silent"},
      {"two logs tell of it and no kernel", evidence({log(), from(log(), "loki")}), hours(1), "missing_kernel",
       "loki (log) and papertrail (log) has the line"},
      {"a program tells of it and no kernel", evidence({says("api", "deploy")}), hours(1), "missing_kernel",
       "deploy (api) tells of it"},
      {"a line of hours ago needs coverage until its deadline", until(evidence({log(seconds(0), hours(3))}), hours(1)),
       hours(9), "indeterminate", "agent silent"},
      {"a line of hours ago, the agent there all the time", evidence({log(seconds(0), hours(3))}), hours(9),
       "missing_kernel", ""},
      {"a line of hours ago, just come", evidence({log(seconds(0), hours(3))}), hours(3), "waiting", "", false,
       hours(3) + minutes(5)},
      {"the earlier of two arrivals counts", evidence({log(seconds(0), minutes(3)), from(log(), "loki")}),
       minutes(5) + seconds(1), "missing_kernel", ""},
  };
  CHECK(std::size(table) >= 58);
  for (const auto& row : table) {
    INFO(row.name);
    const auto judgement = judge(row.evidence, settings, noon + row.now);
    CHECK(judgement.verdict == row.verdict);
    CHECK_MESSAGE(judgement.reasons.find(row.words) != std::string::npos, judgement.reasons);
    CHECK(judgement.independent == row.independent);
    CHECK(judgement.look_again == (row.look_again ? std::optional(noon + *row.look_again) : std::nullopt));
    auto turned = row.evidence;
    std::ranges::reverse(turned.accounts);
    const auto again = judge(turned, settings, noon + row.now);
    CHECK(again.verdict == judgement.verdict);
    CHECK(again.independent == judgement.independent);
  }
}

TEST_CASE("who says a lot hides nothing of what others say, and what each says is disputed once") {
  auto all = evidence({log()});
  for (const auto* name : {"SHA256:a", "SHA256:b", "SHA256:c", "SHA256:d", "SHA256:e"})
    all.accounts.push_back(key(says("api", "a-token"), name));
  all.coverage = {};
  const auto judgement = judge(all, settings, noon);
  CHECK(judgement.reasons.starts_with(
      "its accounts differ: a-token (api) says publickey with SHA256:a and publickey with SHA256:b and publickey with "
      "SHA256:c and 2 more, papertrail (log) says publickey with SHA256:alice; "));
  CHECK(judgement.disputes == std::set<std::string>{"key: SHA256:a", "key: SHA256:b", "key: SHA256:c", "key: SHA256:d",
                                                    "key: SHA256:e", "key: SHA256:alice"});
  CHECK(judgement.differing.size() == 6);
}

TEST_CASE("a learnt delay lengthens the deadline after 20 samples, and never shortens it") {
  const auto deadline = [](std::vector<Testimony> said, const char* source, const char* witness, int samples,
                           Duration lag) {
    Streams streams;
    for (int i = 0; i < samples; ++i)
      streams.of(source, witness).lag.add(lag);
    return watch_of(said, streams, settings).deadline - said.front().received_at;
  };
  CHECK(deadline({kernel()}, "papertrail", "log", 20, minutes(9)) == minutes(14));
  CHECK(deadline({kernel()}, "papertrail", "log", 19, minutes(9)) == minutes(5));
  CHECK(deadline({kernel()}, "papertrail", "log", 20, seconds(1)) == minutes(5) + seconds(1));
  CHECK(deadline({kernel()}, "papertrail", "log", 64, hours(9)) == hours(1) + minutes(5));  // but not for ever
  CHECK(deadline({kernel()}, "agent:web1", "kernel", 20, minutes(9)) == minutes(5));        // that one has spoken
  CHECK(deadline({log()}, "agent:web1", "kernel", 20, minutes(9)) == minutes(14));
}

TEST_CASE("samples: the newest 64, nothing from fewer than 20") {
  Samples samples;
  for (int i = 1; i <= 19; ++i)
    samples.add(seconds(i));
  CHECK_FALSE(samples.percentile(50));
  samples.add(seconds(20));
  CHECK(samples.percentile(50) == seconds(10));
  CHECK(samples.percentile(95) == seconds(19));
  CHECK(samples.percentile(100) == seconds(20));
  for (int i = 0; i < 100; ++i)
    samples.add(minutes(1));
  CHECK(samples.values().size() == 64);
  CHECK(samples.percentile(50) == minutes(1));
}
