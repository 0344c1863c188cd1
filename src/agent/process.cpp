#include "agent/process.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <utility>

namespace countersign::agent {
namespace {

constexpr int rounds = 16;  // of looking for children of processes that were not stopped yet
constexpr int goodbye_ms = 500;

/// A process that stays the one it was, by its descriptor.
class Held {
 public:
  /// Nullopt where that pid started at another time, or is gone.
  static std::optional<Held> hold(std::int64_t pid, std::int64_t start) {
    const auto descriptor = static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0U));
    if (descriptor < 0) return std::nullopt;
    Held held(descriptor);
    const auto process = read_process(pid);  // after the descriptor: it can't be another one by now
    if (!process || process->start != start) return std::nullopt;
    return held;
  }
  Held(Held&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Held& operator=(Held&&) = delete;
  ~Held() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] int signal(int number) const {
    return ::syscall(SYS_pidfd_send_signal, descriptor_, number, nullptr, 0U) == 0 ? 0 : errno;
  }
  [[nodiscard]] bool ended_within(int milliseconds) const {
    pollfd ended{descriptor_, POLLIN, 0};
    return ::poll(&ended, 1, milliseconds) > 0;
  }

 private:
  explicit Held(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

bool is_sshd(const std::string& executable) {
  std::error_code error;
  const auto target = std::filesystem::read_symlink(executable, error);
  struct stat status{};
  if (error || ::stat(executable.c_str(), &status) != 0) return false;
  const auto name = target.filename().string();
  const bool named = name == "sshd" || name == "sshd-session" || name == "sshd-auth";
  return named && status.st_uid == 0 && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

}  // namespace

std::optional<Process> parse_stat(std::string_view text) {
  const auto open = text.find('('), close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  Process process;
  process.name = text.substr(open + 1, close - open - 1);
  std::istringstream head{std::string(text.substr(0, open))}, rest{std::string(text.substr(close + 1))};
  std::string state, skipped;
  if (!(head >> process.pid) || !(rest >> state >> process.parent)) return std::nullopt;
  for (int field = 5; field < 22; ++field)
    rest >> skipped;
  if (!(rest >> process.start)) return std::nullopt;
  return process;
}

std::optional<Process> read_process(std::int64_t pid) {
  std::ifstream in(fmt::format("/proc/{}/stat", pid));
  return parse_stat(std::string(std::istreambuf_iterator<char>(in), {}));
}

std::vector<Process> all_processes() {
  std::vector<Process> all;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const auto name = entry.path().filename().string();
    std::int64_t pid = 0;
    const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (bad != std::errc{} || end != name.data() + name.size()) continue;
    if (auto process = read_process(pid)) all.push_back(std::move(*process));
  }
  return all;
}

std::vector<Process> descendants(std::int64_t pid, const std::vector<Process>& all) {
  std::multimap<std::int64_t, const Process*> children;
  for (const auto& process : all)
    children.emplace(process.parent, &process);
  std::vector<Process> found;
  std::set<std::int64_t> known{pid};
  std::vector<std::int64_t> open{pid};
  for (std::size_t i = 0; i < open.size(); ++i) {
    const auto [first, last] = children.equal_range(open[i]);
    for (auto child = first; child != last; ++child) {
      if (!known.insert(child->second->pid).second) continue;
      found.push_back(*child->second);
      open.push_back(child->second->pid);
    }
  }
  return found;
}

bool runs_under_sshd(const Process& process) {
  auto at = std::optional(process);
  for (int depth = 0; at && at->pid > 1 && depth < 64; ++depth) {
    if (is_sshd(fmt::format("/proc/{}/exe", at->pid))) return true;
    at = read_process(at->parent);
  }
  return false;
}

Result<void> end_session(std::int64_t pid, std::int64_t start) {
  const auto daemon = pid > 1 ? Held::hold(pid, start) : std::nullopt;
  if (!daemon) return fail(Fault::not_found, "process {} of that start time has ended", pid);
  std::map<std::int64_t, Held> stopped;
  const auto no_right = [&](std::int64_t whose) {
    for (const auto& [ignored, held] : stopped)
      (void)held.signal(SIGCONT);
    return fail(Fault::forbidden, "no right to end process {}; CAP_KILL is needed", whose);
  };
  for (int round = 0; round < rounds; ++round) {
    const auto before = stopped.size();
    for (const auto& process : descendants(pid, all_processes())) {
      if (stopped.contains(process.pid)) continue;
      auto held = Held::hold(process.pid, process.start);
      if (!held) continue;
      if (const int error = held->signal(SIGSTOP); error == EPERM) return no_right(process.pid);
      stopped.emplace(process.pid, std::move(*held));
    }
    if (stopped.size() == before) break;
  }
  if (const int error = daemon->signal(SIGTERM); error == EPERM) return no_right(pid);
  for (const auto& [ignored, held] : stopped)
    (void)held.signal(SIGKILL);
  if (!daemon->ended_within(goodbye_ms)) {
    (void)daemon->signal(SIGKILL);
    if (!daemon->ended_within(goodbye_ms)) return fail(Fault::unavailable, "process {} does not end", pid);
  }
  return {};
}

}  // namespace countersign::agent
