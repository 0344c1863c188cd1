#include "core/syslog.hpp"

#include <algorithm>

#include "core/short_text.hpp"
#include "core/stamp_shape.hpp"

namespace countersign::core {
namespace {

/// The place of the first of some bytes from `at` on, or the text's size.
template <typename... Byte>
std::size_t find_first(std::string_view text, std::size_t at, Byte... wanted) {
  return static_cast<std::size_t>(find_any(text.data() + at, text.data() + text.size(), wanted...) - text.data());
}

std::string_view take_word(std::string_view& text) {
  const auto word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(word.size() + 1, text.size()));
  return word;
}

/// "sshd[4243]: MESSAGE" or "sshd: MESSAGE". False, and nothing read, where the text has no tag.
bool read_tag(std::string_view text, SyslogLine& line) {
  std::size_t at = find_first(text, 0, ' ', '[', ':');
  if (at == 0 || at >= text.size() || text[at] == ' ') return false;
  const auto program = text.substr(0, at);
  std::string_view pid;
  if (text[at] == '[') {
    const std::size_t begin = ++at;
    at = find_first(text, at, ']', ' ');
    if (at + 1 >= text.size() || text[at] != ']' || text[at + 1] != ':') return false;
    pid = text.substr(begin, at - begin);
    ++at;
  }
  ++at;  // the colon
  if (at < text.size() && text[at] == ' ') {
    ++at;
  } else if (at < text.size() && pid.empty()) {
    return false;  // a colon inside a word, such as in an address
  }
  line.program = program;
  line.pid = pid;
  line.message = text.substr(at);
  return true;
}

std::string_view unless_nil(std::string_view word) {
  return word == "-" ? std::string_view() : word;
}

/// RFC 5424 section 6.3: "-" or elements in brackets whose quoted values may hold an escaped bracket.
bool skip_structured_data(std::string_view& text) {
  if (text.starts_with('-')) {
    text.remove_prefix(1);
    return true;
  }
  if (!text.starts_with('[')) return false;
  std::size_t at = 0;
  while (at < text.size() && text[at] == '[') {
    bool quoted = false;
    for (++at; at < text.size() && (quoted || text[at] != ']'); ++at) {
      if (quoted && text[at] == '\\') {
        ++at;
      } else if (text[at] == '"') {
        quoted = !quoted;
      }
    }
    if (at >= text.size()) return false;
    ++at;
  }
  text.remove_prefix(at);
  return true;
}

std::optional<SyslogLine> read_rfc5424(std::string_view text) {
  SyslogLine line;
  line.stamp = unless_nil(take_word(text));
  line.exact_stamp = !line.stamp.empty();
  if (line.exact_stamp && iso_stamp_size(line.stamp) != line.stamp.size()) return std::nullopt;
  line.host = unless_nil(take_word(text));
  line.program = unless_nil(take_word(text));
  line.pid = unless_nil(take_word(text));
  take_word(text);  // MSGID
  if (!skip_structured_data(text)) return std::nullopt;
  if (text.starts_with(' ')) {
    text.remove_prefix(1);
  } else if (!text.empty()) {
    return std::nullopt;
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  line.message = text;
  return line;
}

/// The length of "<38>", or 0.
std::size_t priority_size(std::string_view line) {
  if (!line.starts_with('<')) return 0;
  std::size_t at = 1;
  while (at < line.size() && at < 4 && is_digit(line[at]))
    ++at;
  return at > 1 && at < line.size() && line[at] == '>' ? at + 1 : 0;
}

/// FreeBSD's syslogd writes what it files by where it is asked to (-v, -vv): "<4.6> " or "<auth.info> ".
void drop_facility(std::string_view& text) {
  constexpr std::size_t longest = 24;
  const auto end = text.substr(0, longest).find("> ");
  if (end != std::string_view::npos && text.substr(0, end).find(' ') == std::string_view::npos)
    text.remove_prefix(end + 2);
}

}  // namespace

std::optional<SyslogLine> read_syslog(std::string_view line) {
  const std::size_t priority = priority_size(line);
  std::string_view text = line.substr(priority);
  if (priority != 0 && text.starts_with("1 ")) return read_rfc5424(text.substr(2));

  SyslogLine result;
  std::size_t stamp = bsd_stamp_size(text);
  if (stamp == 0) {
    stamp = iso_stamp_size(text);
    result.exact_stamp = stamp != 0 && has_zone(text.substr(0, stamp));
  }
  if (stamp == 0) {  // a relay may leave out the stamp and host, where it sends a PRI
    if (priority == 0 || !read_tag(text, result)) return std::nullopt;
    return result;
  }
  if (stamp >= text.size() || text[stamp] != ' ') return std::nullopt;
  result.stamp = text.substr(0, stamp);
  text.remove_prefix(stamp + 1);
  if (text.starts_with('<')) drop_facility(text);

  const auto host = text.substr(0, find_first(text, 0, ' '));
  if (host.ends_with(':') && read_tag(text, result)) return result;  // no host
  result.host = host;
  text.remove_prefix(std::min(host.size() + 1, text.size()));
  if (!read_tag(text, result)) result.message = text;
  return result;
}

}  // namespace countersign::core
