// Processes as /proc shows them: parents, start times, and ending a whole session without hitting a pid that was used
// again. Stateless.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace countersign::agent {

struct Process {
  std::int64_t pid = 0, parent = 0;
  std::int64_t start = 0;  // clock ticks since boot
  std::string name;        // as the process calls itself: proves nothing
};

/// Of the text of /proc/PID/stat (proc(5)); the name may hold blanks and parentheses.
std::optional<Process> parse_stat(std::string_view text);
std::optional<Process> read_process(std::int64_t pid);
/// Everything below `pid`, parents before their children.
std::vector<Process> descendants(std::int64_t pid, const std::vector<Process>& all);
std::vector<Process> all_processes();

/// True where the process or one of its ancestors runs an executable called sshd, sshd-session or sshd-auth that root
/// owns and nobody else may write. Needs the right to read /proc/PID/exe.
bool runs_under_sshd(const Process& process);

/// Ends the connection's sshd `pid` and all below it: they are stopped first so that none can flee, then killed; sshd
/// itself gets SIGTERM and half a second to say goodbye. Fault::not_found where that pid has another start time by now,
/// ::forbidden without the right to signal.
Result<void> end_session(std::int64_t pid, std::int64_t start);

}  // namespace countersign::agent
