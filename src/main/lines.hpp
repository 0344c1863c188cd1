// The lines of a file or of standard input, without a copy of each. Ends in LF or CRLF; nothing else is trimmed.
// Not for use by several threads at once.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

#include "base/result.hpp"
#include "main/input_file.hpp"

namespace countersign::cli {

/// Reads the file to its end and calls visit(std::string_view line) for each; the view lives during the call. A line
/// over 1 MiB is cut there. Fault::unavailable where reading fails, Fault::invalid where the file is damaged: a last
/// line without its LF counts only where it is not, for half a login line reads as a login of its own.
template <typename Visit>
Result<void> for_each_line(const InputFile& file, Visit&& visit) {
  constexpr std::size_t kLongestLine = 1 << 20;
  constexpr std::size_t kRead = 1 << 15;
  constexpr std::size_t kRoom = kLongestLine + kRead;
  const auto buffer = std::make_unique_for_overwrite<char[]>(kRoom);  // most of it is never touched
  std::size_t filled = 0;
  bool skipping = false;  // inside a line whose beginning has been visited and cut
  const auto visit_line = [&](const char* begin, const char* end) {
    if (end != begin && end[-1] == '\r') --end;
    visit(std::string_view(begin, static_cast<std::size_t>(end - begin)));
  };
  while (true) {
    const auto got = ::read(file.descriptor(), buffer.get() + filled, std::min(kRoom - filled, kRead));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(Fault::unavailable, "can't read {}: {}", file.name(), std::strerror(errno));
    if (got == 0) break;
    const char* line = buffer.get();
    const char* const end = line + filled + static_cast<std::size_t>(got);
    const char* search = line + filled;
    while (const auto* newline =
               static_cast<const char*>(std::memchr(search, '\n', static_cast<std::size_t>(end - search)))) {
      if (!skipping) visit_line(line, newline);
      skipping = false;
      line = search = newline + 1;
    }
    filled = static_cast<std::size_t>(end - line);
    if (skipping) {
      filled = 0;
    } else if (filled >= kLongestLine) {
      visit_line(line, line + kLongestLine);
      skipping = true;
      filled = 0;
    } else if (filled != 0) {
      std::memmove(buffer.get(), line, filled);
    }
  }
  if (auto whole = file.finished(); !whole) return whole;
  if (filled != 0) visit_line(buffer.get(), buffer.get() + filled);
  return {};
}

}  // namespace countersign::cli
