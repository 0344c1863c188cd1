#include "core/writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/text.hpp"

namespace countersign::core {
namespace {

constexpr std::size_t longest_comm = 15;  // TASK_COMM_LEN less its end, linux/sched.h
constexpr std::size_t shown_of_writer = 120;

constexpr std::array<std::string_view, 3> sshd{"sshd", "sshd-session", "sshd-auth"};
constexpr std::array<std::string_view, 2> su{"su", "busybox"};
constexpr std::array<std::string_view, 2> login_program{"login", "busybox"};
constexpr std::array<std::string_view, 2> dropbear{"dropbear", "dropbearmulti"};

/// The names under which that program runs; none: it is not judged.
std::span<const std::string_view> names_of(std::string_view program) {
  if (std::ranges::find(sshd, program) != sshd.end()) return sshd;
  if (program == "su") return su;
  if (program == "login") return login_program;
  if (program == "dropbear") return dropbear;
  return {};
}

/// The last part of the path; a binary that was replaced while it ran is called "… (deleted)" by some.
std::string_view name_in(std::string_view exe) {
  constexpr std::string_view deleted = " (deleted)";
  if (exe.ends_with(deleted)) exe.remove_suffix(deleted.size());
  return exe.substr(exe.rfind('/') + 1);
}

}  // namespace

std::string disagreement(const Writer& writer, std::string_view program, bool login) {
  const auto names = names_of(program);
  if (names.empty()) return {};
  const auto is = [&](std::string_view name) {
    return std::ranges::any_of(names, [&](std::string_view one) { return one.substr(0, longest_comm) == name; });
  };
  const bool other_name = !writer.comm.empty() && !is(writer.comm);
  const bool other_program = !writer.exe.empty() && !is(name_in(writer.exe));
  const bool no_root = login && names.data() == sshd.data() && writer.uid.value_or(0) != 0;
  if (!other_name && !other_program && !no_root) return {};
  auto who = writer.comm.empty() ? std::string("a process") : one_line(writer.comm, shown_of_writer);
  std::string details;
  if (!writer.exe.empty()) details = one_line(writer.exe, shown_of_writer);
  if (writer.uid) details += fmt::format("{}uid {}", details.empty() ? "" : ", ", *writer.uid);
  if (!details.empty()) who += fmt::format(" ({})", details);
  return who + " wrote it";
}

}  // namespace countersign::core
