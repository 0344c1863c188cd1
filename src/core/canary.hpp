// A canary: a harmless login of our own, made to see that both witnesses and the message path carry it. What came of
// one is judged here, step by step. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"

namespace countersign::core {

struct CanaryRun {
  Id id;
  std::string host, user, key;  // whose login it is recognised by
  Timestamp started_at{};
  Duration within{};                    // each step must have carried it by then
  bool kernel_owed = false;             // an agent is there
  std::optional<Timestamp> login_at{};  // when ssh ended
  std::string login_error{};            // why it did not log in; empty: it did
  Id event{};                           // its login, as recorded; none: not yet
  std::optional<Timestamp> log_at{}, kernel_at{};
  std::string verdict{};
  std::optional<Timestamp> verdict_at{};  // since it is matched
  Id message{};                           // what the message path must carry; none: nothing is sent
  std::optional<Timestamp> message_at{};
  std::optional<Timestamp> finished_at{};
};

enum class Carried { waiting, yes, no, not_owed };
std::string_view to_text(Carried carried);

struct CanaryStep {
  std::string_view name;  // login, log, kernel, verdict, message
  Carried carried = Carried::waiting;
  std::optional<Duration> took{};  // since the start, where it was carried
  std::string words{};             // what failed, or why it is not owed
};

/// In the order of the way; none waits at or after the deadline.
std::vector<CanaryStep> steps_of(const CanaryRun& run, Timestamp now);

/// Whether nothing is waited for any more.
bool is_over(const std::vector<CanaryStep>& steps);
bool all_carried(const std::vector<CanaryStep>& steps);

/// "the canary on bastion: logged in, no log line in 2m", or "…: all carried in 3 s".
std::string words_of(const CanaryRun& run, const std::vector<CanaryStep>& steps);

}  // namespace countersign::core
