#include "ebpf/wire_text.hpp"

#include <arpa/inet.h>

#include <vector>

#include "core/event.hpp"

namespace countersign::ebpf {
namespace {

std::vector<std::string_view> split_arguments(std::string_view arguments) {
  std::vector<std::string_view> words;
  while (!arguments.empty()) {
    const auto end = arguments.find('\0');
    words.push_back(arguments.substr(0, end));
    if (end == std::string_view::npos) break;
    arguments.remove_prefix(end + 1);
  }
  return words;
}

bool needs_quotes(std::string_view word) {
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-";
  return word.empty() || word.find_first_not_of(plain) != std::string_view::npos;
}

}  // namespace

std::string address_text(wire_u16 family, const wire_u8 (&bytes)[16]) {
  char text[INET6_ADDRSTRLEN] = {};
  if ((family != AF_INET && family != AF_INET6) || inet_ntop(family, bytes, text, sizeof text) == nullptr) return {};
  return core::normalise_address(text);
}

std::string command_line(std::string_view arguments) {
  std::string line;
  for (const auto word : split_arguments(arguments)) {
    if (!line.empty()) line += ' ';
    if (!needs_quotes(word)) {
      line += word;
      continue;
    }
    line += '\'';
    for (const char c : word) {
      if (c == '\'')
        line += R"('\'')";
      else
        line += c;
    }
    line += '\'';
  }
  return line;
}

std::optional<SyslogText> read_syslog_text(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\0'))
    line.remove_suffix(1);
  const auto priority = line.find('>');
  if (!line.starts_with('<') || priority == std::string_view::npos || priority > 4) return std::nullopt;
  line.remove_prefix(priority + 1);
  constexpr std::size_t stamp = sizeof("Nov 20 10:33:00 ") - 1;
  if (line.size() > stamp && line[3] == ' ' && line[6] == ' ' && line[9] == ':' && line[12] == ':')
    line.remove_prefix(stamp);
  const auto colon = line.find(": ");
  if (colon == std::string_view::npos) return std::nullopt;
  const auto tag = line.substr(0, colon);
  return SyslogText{.program = tag.substr(0, tag.find('[')), .message = line.substr(colon + 2)};
}

std::optional<ScpCommand> read_scp(std::string_view arguments) {
  const auto words = split_arguments(arguments);
  std::string_view direction;
  bool options = true;
  for (std::size_t i = 1; i + 1 < words.size() && options; ++i) {
    const auto word = words[i];
    options = word.starts_with('-') && word != "--" && word.size() > 1;
    if (!options) break;
    if (word.find('t') != std::string_view::npos) direction = "upload";
    if (word.find('f') != std::string_view::npos) direction = "download";
  }
  if (direction.empty()) return std::nullopt;
  return ScpCommand{.direction = direction, .path = std::string(words.back())};
}

std::string path_text(std::string_view names, bool cut) {
  std::string path = cut ? "…" : "";
  const auto words = split_arguments(names);
  for (auto word = words.rbegin(); word != words.rend(); ++word) {
    path += '/';
    path += *word;
  }
  return path.empty() ? "/" : path;
}

}  // namespace countersign::ebpf
