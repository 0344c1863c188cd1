#include "core/canary.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace countersign;
using namespace countersign::core;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const Timestamp noon = *parse_rfc3339("2026-11-20T12:00:00Z");

/// One that everything carried: in 1, 2, 3, 4 and 2.5 seconds.
CanaryRun carried() {
  CanaryRun run;
  run.id = Id{1};
  run.host = "bastion";
  run.user = "canary";
  run.started_at = noon;
  run.within = minutes(2);
  run.kernel_owed = true;
  run.login_at = noon + seconds(1);
  run.event = Id{2};
  run.log_at = noon + seconds(2);
  run.kernel_at = noon + seconds(3);
  run.verdict = "matched";
  run.verdict_at = noon + seconds(4);
  run.message = Id{3};
  run.message_at = noon + milliseconds(2500);
  return run;
}
template <typename Change>
CanaryRun but(Change change) {
  auto run = carried();
  change(run);
  return run;
}
/// A letter a step: + carried, - failed, . waits, o not owed.
std::string shape(const std::vector<CanaryStep>& steps) {
  std::string out;
  for (const auto& step : steps)
    out += step.carried == Carried::yes       ? '+'
           : step.carried == Carried::no      ? '-'
           : step.carried == Carried::waiting ? '.'
                                              : 'o';
  return out;
}

}  // namespace

TEST_CASE("what each step came to, and what is said of it") {
  const auto unseen = [](CanaryRun& run) {
    run.event = {};
    run.log_at = run.kernel_at = run.verdict_at = std::nullopt;
    run.verdict.clear();
  };
  const struct {
    const char* name;
    CanaryRun run;
    Duration now;
    const char* shape;
    const char* words;
  } table[] = {
      {"all carried", carried(), seconds(5), "+++++", "the canary on bastion: all carried in 4.0 s"},
      {"ssh runs still", but([&](CanaryRun& run) {
         unseen(run);
         run.login_at = run.message_at = std::nullopt;
       }),
       seconds(1), ".....", "the canary on bastion: under way"},
      {"the log's line is awaited", but([](CanaryRun& run) {
         run.log_at = run.verdict_at = std::nullopt;
         run.verdict = "waiting";
       }),
       minutes(2) - milliseconds(1), "+.+.+", "the canary on bastion: under way"},
      {"the log's line never came", but([](CanaryRun& run) {
         run.log_at = run.verdict_at = std::nullopt;
         run.verdict = "waiting";
       }),
       minutes(2), "+-+-+", "the canary on bastion: logged in, no log line in 2m, the verdict is waiting"},
      {"the agent saw nothing", but([](CanaryRun& run) {
         run.kernel_at = run.verdict_at = std::nullopt;
         run.verdict = "indeterminate";
       }),
       minutes(3), "++--+",
       "the canary on bastion: logged in, no account of the kernel's in 2m, the verdict is indeterminate"},
      {"they differ", but([](CanaryRun& run) {
         run.verdict_at = std::nullopt;
         run.verdict = "mismatch";
       }),
       minutes(3), "+++-+", "the canary on bastion: logged in, the verdict is mismatch"},
      {"nobody told of it", but(unseen), minutes(2), "+---+",
       "the canary on bastion: logged in, no log line in 2m, no account of the kernel's in 2m, no verdict in 2m"},
      {"no login", but([&](CanaryRun& run) {
         unseen(run);
         run.login_error = "ssh ended with 255: Host key\nverification failed.";
       }),
       seconds(3), "-ooo+", nullptr},
      {"ssh hangs", but([&](CanaryRun& run) {
         unseen(run);
         run.login_at = std::nullopt;
       }),
       minutes(2), "-ooo+", "the canary on bastion: no login in 2m"},
      {"ssh hangs after it logged in", but([](CanaryRun& run) { run.login_at = std::nullopt; }), minutes(2), "-++++",
       "the canary on bastion: no login in 2m"},
      {"no message", but([](CanaryRun& run) { run.message_at = std::nullopt; }), minutes(2), "++++-",
       "the canary on bastion: logged in, no message was delivered in 2m"},
      {"no agent there", but([](CanaryRun& run) {
         run.kernel_owed = false;
         run.kernel_at = run.verdict_at = std::nullopt;
         run.verdict = "unenrolled";
       }),
       seconds(5), "++oo+", "the canary on bastion: all carried in 2.5 s"},
      {"shadow mode", but([](CanaryRun& run) {
         run.message = {};
         run.message_at = std::nullopt;
       }),
       seconds(5), "++++o", "the canary on bastion: all carried in 4.0 s"},
  };
  for (const auto& row : table) {
    CAPTURE(row.name);
    const auto steps = steps_of(row.run, noon + row.now);
    const std::string_view wanted = row.shape;
    CHECK(shape(steps) == wanted);
    CHECK(is_over(steps) == !wanted.contains('.'));
    CHECK(all_carried(steps) == (!wanted.contains('.') && !wanted.contains('-')));
    const auto words = words_of(row.run, steps);
    if (row.words) CHECK(words == row.words);
    CHECK(words.find('\n') == std::string::npos);
    for (const auto& step : steps) {
      CHECK(step.took.has_value() == (step.carried == Carried::yes));
      CHECK(step.words.empty() == (step.carried == Carried::yes || step.carried == Carried::waiting));
    }
  }
}

TEST_CASE("one that is finished stays what it was when it was") {
  auto run = carried();
  run.kernel_at = run.verdict_at = std::nullopt;
  run.finished_at = noon + minutes(2);
  CHECK(shape(steps_of(run, noon + seconds(1))) == "++--+");
}
