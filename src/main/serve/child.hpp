// One child process, without a shell, bounded in time and in what it may say: for the canary's ssh. Blocking; safe from
// any thread.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace countersign::cli {

/// Runs `command` (its program first, looked up in PATH) with no input, its output thrown away, in a process group of
/// its own and with PATH alone in its environment, until it ends. Fault::unavailable where it can't be started, ends
/// with another status than 0 (with the last of what it said on stderr), or had to be killed at `bound` or by `stop`.
Result<void> run_child(const std::vector<std::string>& command, Duration bound, const std::stop_token& stop);

}  // namespace countersign::cli
