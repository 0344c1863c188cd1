#include "base/time.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace countersign {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::year_month_day;

constexpr Duration longest = days(3653);  // ten years, with three leap days

/// Takes `count` digits off the front of `text`.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

/// ".123456789" as microseconds; nothing where there is no point.
std::optional<Duration> take_fraction(std::string_view& text) {
  if (!take(text, ".")) return Duration(0);
  std::int64_t micros = 0;
  std::size_t count = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), ++count)
    if (count < 6) micros = micros * 10 + (text.front() - '0');
  if (count == 0) return std::nullopt;
  for (; count < 6; ++count)
    micros *= 10;
  return Duration(micros);
}

/// "Z", "+HH:MM" or "+HHMM", to the end of the text.
std::optional<minutes> take_offset(std::string_view& text) {
  if (take(text, "Zz")) return minutes(0);
  const bool west = text.starts_with('-');
  if (!take(text, "+-")) return std::nullopt;
  const auto hour = take_digits(text, 2);
  take(text, ":");
  const auto minute = take_digits(text, 2);
  if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
  const minutes offset = hours(*hour) + minutes(*minute);
  return west ? -offset : offset;
}

std::optional<Timestamp> read_rfc3339(std::string_view text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, "-")) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, "-")) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day || !take(text, "Tt ")) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ":")) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || !take(text, ":")) return std::nullopt;
  const auto second = take_digits(text, 2);
  if (!second) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;

  const year_month_day date(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                            std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const auto minute_start = std::chrono::sys_days(date) + hours(*hour) + minutes(*minute) - *offset;
  const bool leap_second = *second == 60;
  // RFC 3339 section 5.7: leap seconds end a UTC day.
  if (leap_second && minute_start - std::chrono::floor<days>(minute_start) != hours(23) + minutes(59))
    return std::nullopt;
  const Timestamp at = minute_start + seconds(*second) + (leap_second ? Duration(0) : *fraction);
  const year_month_day utc(std::chrono::floor<days>(at));
  if (utc.year() < std::chrono::year(0) || utc.year() > std::chrono::year(9999)) return std::nullopt;
  return at;
}

struct Unit {
  std::string_view name;
  Duration length;
};

// Longest first, so that the first that divides a span is its shortest notation.
constexpr std::array<Unit, 5> units{
    {{"d", days(1)}, {"h", hours(1)}, {"m", minutes(1)}, {"s", seconds(1)}, {"ms", std::chrono::milliseconds(1)}}};

}  // namespace

std::string to_rfc3339(Timestamp at) {
  const auto day = std::chrono::floor<days>(at);
  const year_month_day date(day);
  const std::chrono::hh_mm_ss time(at - day);
  std::string out = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                time.hours().count(), time.minutes().count(), time.seconds().count());
  if (const auto micros = time.subseconds().count(); micros % 1000 != 0)
    out += fmt::format(".{:06}", micros);
  else if (micros != 0)
    out += fmt::format(".{:03}", micros / 1000);
  out += 'Z';
  return out;
}

Result<Timestamp> parse_rfc3339(std::string_view text) {
  if (const auto at = read_rfc3339(text)) return *at;
  return fail(Fault::invalid, "not an RFC 3339 time, such as 2026-11-20T01:02:03Z");
}

std::int64_t to_micros(Timestamp at) {
  return at.time_since_epoch().count();
}

Timestamp from_micros(std::int64_t micros) {
  return Timestamp(Duration(micros));
}

Result<Duration> parse_duration(std::string_view text) {
  if (text == "0") return Duration(0);
  std::int64_t count = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    count = count * 10 + (text[digits] - '0');
    if (count > longest / std::chrono::milliseconds(1))
      return fail(Fault::invalid, "a duration of more than ten years");
  }
  if (digits > 0) {
    for (const auto& unit : units) {
      if (text.substr(digits) != unit.name) continue;
      if (count > longest / unit.length) return fail(Fault::invalid, "a duration of more than ten years");
      return count * unit.length;
    }
  }
  return fail(Fault::invalid, "not a duration, such as 500ms, 30s, 15m, 4h or 2d");
}

std::string to_text(Duration span) {
  if (span < Duration(0)) return "-" + to_text(-span);
  const auto whole = std::chrono::floor<std::chrono::milliseconds>(span);
  if (whole == whole.zero()) return "0";
  for (const auto& unit : units)
    if (whole % unit.length == Duration(0)) return fmt::format("{}{}", whole / unit.length, unit.name);
  return "0";
}

}  // namespace countersign
