#include "core/canary.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace countersign::core {
namespace {

constexpr std::size_t longest_error = 200;

/// A step that leaves a time when it is done.
CanaryStep timed(std::string_view name, const CanaryRun& run, const std::optional<Timestamp>& done, bool over,
                 std::string missing) {
  if (done) return {name, Carried::yes, *done - run.started_at, {}};
  if (!over) return {name, Carried::waiting, {}, {}};
  return {name, Carried::no, {}, std::move(missing)};
}

CanaryStep login_step(const CanaryRun& run, bool over) {
  if (run.login_at && !run.login_error.empty())
    return {"login", Carried::no, {}, "no login: " + one_line(run.login_error, longest_error)};
  return timed("login", run, run.login_at, over, fmt::format("no login in {}", countersign::to_text(run.within)));
}

}  // namespace

std::string_view to_text(Carried carried) {
  switch (carried) {
    case Carried::waiting:
      return "waiting";
    case Carried::yes:
      return "carried";
    case Carried::no:
      return "failed";
    case Carried::not_owed:
      return "not_owed";
  }
  return "";
}

std::vector<CanaryStep> steps_of(const CanaryRun& run, Timestamp now) {
  const bool over = run.finished_at || now >= run.started_at + run.within;
  const auto span = countersign::to_text(run.within);
  std::vector<CanaryStep> steps{login_step(run, over)};
  const auto not_owed = [&](std::string_view name, std::string why) {
    steps.push_back({name, Carried::not_owed, {}, std::move(why)});
  };
  if (steps.front().carried == Carried::no && !run.event) {
    for (const auto* name : {"log", "kernel", "verdict"})
      not_owed(name, "there was no login");
  } else {
    steps.push_back(timed("log", run, run.log_at, over, "no log line in " + span));
    if (run.kernel_owed) {
      steps.push_back(timed("kernel", run, run.kernel_at, over, "no account of the kernel's in " + span));
      steps.push_back(timed("verdict", run, run.verdict_at, over,
                            run.verdict.empty() ? "no verdict in " + span : "the verdict is " + run.verdict));
    } else {
      not_owed("kernel", "no agent is on this host");
      not_owed("verdict", "no agent is on this host");
    }
  }
  if (run.message)
    steps.push_back(timed("message", run, run.message_at, over, "no message was delivered in " + span));
  else
    not_owed("message", "shadow mode sends nothing");
  return steps;
}

bool is_over(const std::vector<CanaryStep>& steps) {
  return std::ranges::find(steps, Carried::waiting, &CanaryStep::carried) == steps.end();
}

bool all_carried(const std::vector<CanaryStep>& steps) {
  return is_over(steps) && std::ranges::find(steps, Carried::no, &CanaryStep::carried) == steps.end();
}

std::string words_of(const CanaryRun& run, const std::vector<CanaryStep>& steps) {
  auto text = fmt::format("the canary on {}: ", one_line(run.host, longest_error));
  if (all_carried(steps)) {
    auto longest = Duration::zero();
    for (const auto& step : steps)
      longest = std::max(longest, step.took.value_or(Duration::zero()));
    return text + fmt::format("all carried in {:.1f} s", std::chrono::duration<double>(longest).count());
  }
  if (!is_over(steps)) return text + "under way";
  std::vector<std::string> said;
  if (steps.front().carried == Carried::yes) said.emplace_back("logged in");
  for (const auto& step : steps)
    if (step.carried == Carried::no) said.push_back(step.words);
  return text + fmt::format("{}", fmt::join(said, ", "));
}

}  // namespace countersign::core
