#include "core/syslog.hpp"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <bit>
#include <charconv>
#include <chrono>
#include <string>

#include "core/short_text.hpp"

namespace countersign::core {
namespace {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

#ifdef __SSE2__
constexpr std::size_t kVector = sizeof(__m128i);
#endif

/// The place of the first of some bytes from `at` on, or the text's size.
template <typename... Byte>
std::size_t find_first(std::string_view text, std::size_t at, Byte... wanted) {
  return static_cast<std::size_t>(find_any(text.data() + at, text.data() + text.size(), wanted...) - text.data());
}

/// 1 to 12, or 0 where the text does not begin with a month's name.
unsigned month_of(std::string_view text) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() < 3) return 0;
  for (std::size_t i = 0; i < 12; ++i) {
    const char* name = kMonths.data() + i * 3;
    if (text[0] == name[0] && text[1] == name[1] && text[2] == name[2]) return static_cast<unsigned>(i) + 1;
  }
  return 0;
}

/// The length of "HH:MM:SS" with any fraction at the text's beginning, or 0.
std::size_t clock_size(std::string_view text) {
  if (text.size() < 8 || text[2] != ':' || text[5] != ':') return 0;
  for (const std::size_t i : {0U, 1U, 3U, 4U, 6U, 7U}) {
    if (!is_digit(text[i])) return 0;
  }
  std::size_t size = 8;
  if (size + 1 < text.size() && text[size] == '.' && is_digit(text[size + 1])) {
    ++size;
    while (size < text.size() && is_digit(text[size]))
      ++size;
  }
  return size;
}

bool is_year(std::string_view text) {
  return text.size() >= 5 && is_digit(text[0]) && is_digit(text[1]) && is_digit(text[2]) && is_digit(text[3]) &&
         text[4] == ' ';
}

#ifdef __SSE2__
/// Whether the text begins as "Nov 20 01:02:03 " does: the form nearly every line has, in one look at sixteen bytes.
bool has_usual_stamp(std::string_view text) {
  if (text.size() < kVector) return false;
  const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data()));
  const auto at_most_nine = _mm_cmplt_epi8(bytes, _mm_set1_epi8('9' + 1));
  const auto digits = static_cast<unsigned>(
      _mm_movemask_epi8(_mm_and_si128(at_most_nine, _mm_cmpgt_epi8(bytes, _mm_set1_epi8('0' - 1)))));
  const auto fixed = static_cast<unsigned>(_mm_movemask_epi8(
      _mm_cmpeq_epi8(bytes, _mm_setr_epi8(0, 0, 0, ' ', ' ', 0, ' ', 0, 0, ':', 0, 0, ':', 0, 0, ' '))));
  constexpr unsigned want_digits = 0b0110'1101'1010'0000;  // the day may have but one
  constexpr unsigned want_fixed = 0b1001'0010'0100'1000;
  if ((digits & want_digits) != want_digits || (fixed & want_fixed) != want_fixed) return false;
  const bool day_has_two = ((digits | fixed) & 0b1'0000U) != 0;
  return day_has_two && month_of(text) != 0;
}
#endif

/// The length of "Nov 20 01:02:03", "Nov  5 2026 01:02:03" or "2026 Nov 20 01:02:03", or 0.
std::size_t bsd_stamp_size(std::string_view text) {
#ifdef __SSE2__
  if (has_usual_stamp(text)) return kVector - 1;
#endif
  std::size_t at = is_year(text) ? 5 : 0;
  if (month_of(text.substr(at)) == 0) return 0;
  at += 3;
  if (at >= text.size() || text[at] != ' ') return 0;
  ++at;
  if (at < text.size() && text[at] == ' ') ++at;
  const std::size_t day = at;
  while (at < text.size() && at < day + 2 && is_digit(text[at]))
    ++at;
  if (at == day || at >= text.size() || text[at] != ' ') return 0;
  ++at;
  if (is_year(text.substr(at))) at += 5;
  const std::size_t clock = clock_size(text.substr(at));
  return clock == 0 ? 0 : at + clock;
}

/// The length of "2026-11-20T01:02:03", with what fraction and zone it has, or 0.
std::size_t iso_stamp_size(std::string_view text) {
  if (text.size() < 19 || text[4] != '-' || text[7] != '-' || !is_digit(text[0]) ||
      (text[10] != 'T' && text[10] != ' ')) {
    return 0;
  }
  const std::size_t clock = clock_size(text.substr(11));
  if (clock == 0) return 0;
  const auto blank = text.find(' ', 11 + clock);
  return blank == std::string_view::npos ? text.size() : blank;
}

bool has_zone(std::string_view iso) {
  return iso.ends_with('Z') || iso.ends_with('z') || iso.find_first_of("+-", 19) != std::string_view::npos;
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

int number(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
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

std::optional<Timestamp> read_stamp(std::string_view stamp, const Zone& zone, Timestamp now) {
  using namespace std::chrono;
  if (iso_stamp_size(stamp) == stamp.size() && !stamp.empty()) {
    if (has_zone(stamp)) {
      const auto exact = parse_rfc3339(stamp);
      return exact ? std::optional(*exact) : std::nullopt;
    }
    const auto local = parse_rfc3339(std::string(stamp) + "Z");
    if (!local) return std::nullopt;
    const auto whole = floor<seconds>(*local);
    return zone.to_utc(local_seconds(whole.time_since_epoch())) + (*local - whole);
  }
  if (stamp.empty() || bsd_stamp_size(stamp) != stamp.size()) return std::nullopt;

  int year_written = 0;
  const auto take_year = [&] {
    if (!is_year(stamp)) return;
    year_written = number(stamp.substr(0, 4));
    stamp.remove_prefix(5);
  };
  take_year();
  const unsigned month_written = month_of(stamp);
  stamp.remove_prefix(4);
  if (stamp.starts_with(' ')) stamp.remove_prefix(1);
  const auto day_written = static_cast<unsigned>(number(stamp));
  stamp.remove_prefix(stamp.find(' ') + 1);
  take_year();
  const int h = number(stamp.substr(0, 2));
  const int m = number(stamp.substr(3, 2));
  const int s = number(stamp.substr(6, 2));
  if (h > 23 || m > 59 || s > 60) return std::nullopt;
  Duration fraction{};
  if (stamp.size() > 9) {
    std::string digits(stamp.substr(9, 6));
    digits.resize(6, '0');
    fraction = microseconds(number(digits));
  }

  const auto in_year = [&](int y) -> std::optional<Timestamp> {
    const year_month_day date{year(y), month(month_written), day(day_written)};
    if (!date.ok()) return std::nullopt;
    const auto local = local_days(date) + hours(h) + minutes(m) + seconds(s);
    return zone.to_utc(local) + fraction;
  };
  if (year_written != 0) return in_year(year_written);
  const int newest = static_cast<int>(year_month_day(floor<days>(now + hours(24) + days(1))).year());
  for (int y = newest; y > newest - 9; --y) {  // nine: February 29th
    const auto time = in_year(y);
    if (time && *time <= now + hours(24)) return time;
  }
  return std::nullopt;
}

}  // namespace countersign::core
