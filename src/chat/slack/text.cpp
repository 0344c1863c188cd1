#include "chat/slack/text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace countersign::chat::slack {
namespace {

constexpr std::string_view nothing = "\xE2\x80\x93";  // an en dash

bool blank(std::string_view text) {
  return text.find_first_not_of(' ') == std::string_view::npos;
}

bool plain_in_mrkdwn(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ' || c == '-' ||
         c == '\'' || static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else
      out += c;
  }
  return out;
}

std::string plain(std::string_view value, std::size_t limit) {
  auto line = one_line(value, limit);
  // What Slack may count twice is cut harder.
  for (auto most = limit; length(line) > limit && most > 1; most -= most / 4 + 1)
    line = one_line(value, most);
  if (blank(line)) return std::string(nothing);
  std::string out;
  out.reserve(line.size());
  for (const char c : line) {
    if (c == '<')
      out += "\xE2\x80\xB9";  // U+2039
    else if (c == '>')
      out += "\xE2\x80\xBA";  // U+203A
    else
      out += c;
  }
  return out;
}

std::string code(std::string_view value, std::size_t limit) {
  // An escaped character is up to five: cutting harder where there are many keeps a message's size in hand.
  std::string shown;
  for (auto most = limit; most > 0; most /= 2) {
    auto line = one_line(value, most);
    if (blank(line)) return std::string(nothing);
    std::replace(line.begin(), line.end(), '`', '\'');
    shown = escape(line);
    if (length(shown) <= 2 * limit) break;
  }
  return "`" + shown + "`";
}

std::string name(std::string_view value, std::size_t limit) {
  auto line = one_line(value, limit);
  if (blank(line)) return std::string(nothing);
  return std::all_of(line.begin(), line.end(), plain_in_mrkdwn) ? line : code(line, limit);
}

std::string when(Timestamp at) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
  return fmt::format("<!date^{}^{{date_short_pretty}} {{time_secs}}|{}>", seconds.time_since_epoch().count(),
                     to_rfc3339(seconds));
}

std::string capital(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::size_t length(std::string_view utf8) {
  // A lead byte begins a character; a four-byte one becomes a surrogate pair.
  std::size_t units = 0;
  for (const char c : utf8) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) != 0x80) units += byte >= 0xF0 ? 2 : 1;
  }
  return units;
}

}  // namespace countersign::chat::slack
