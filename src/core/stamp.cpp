#include <algorithm>
#include <charconv>
#include <chrono>
#include <string>

#include "core/stamp_shape.hpp"
#include "core/syslog.hpp"

namespace countersign::core {
namespace {

int number(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

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
