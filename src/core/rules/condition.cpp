#include "core/rules/condition.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/text.hpp"
#include "core/host_name.hpp"

namespace countersign::core {
namespace {

constexpr int minutes_of_day = 24 * 60;

/// "08:30" as minutes of the day, or -1.
int minutes_at(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return -1;
  int hour = 0;
  int minute = 0;
  const auto read = [](std::string_view digits, int& value) {
    return std::from_chars(digits.data(), digits.data() + digits.size(), value).ptr == digits.data() + digits.size();
  };
  if (!read(text.substr(0, 2), hour) || !read(text.substr(3), minute)) return -1;
  if (hour < 0 || minute < 0 || minute > 59 || hour * 60 + minute > minutes_of_day) return -1;
  return hour * 60 + minute;
}

}  // namespace

Comparison make_comparison(std::string field, const std::vector<std::string>& values) {
  Comparison comparison;
  const bool addresses = field.ends_with(".ip");
  comparison.field = std::move(field);
  for (const auto& value : values) {
    auto network = addresses ? Network::parse(value) : fail(Fault::invalid, "no address");
    if (network)
      comparison.networks.push_back(*network);
    else
      comparison.texts.push_back(value);
  }
  return comparison;
}

Result<Hours> parse_hours(std::string_view text) {
  const auto dash = text.find('-');
  const Hours hours{minutes_at(text.substr(0, dash)),
                    dash == std::string_view::npos ? -1 : minutes_at(text.substr(dash + 1))};
  if (hours.begin < 0 || hours.end < 0 || hours.begin == hours.end || hours.begin == minutes_of_day)
    return fail(Fault::invalid, "'{}' is no span of the day; write it as \"08:00-18:30\"", text);
  return hours;
}

Result<unsigned> parse_weekday(std::string_view text) {
  constexpr std::string_view names[] = {"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"};
  for (unsigned day = 0; day < std::size(names); ++day)
    if (text == names[day] || text == names[day].substr(0, 3)) return day;
  return fail(Fault::invalid, "'{}' is no day (mon, tue, wed, thu, fri, sat, sun)", text);
}

bool holds(const Comparison& comparison, std::string_view value) {
  if (value.empty()) return std::ranges::find(comparison.texts, "") != comparison.texts.end();
  const auto means = comparison.field == "host.name" ? host_glob : glob;
  return std::ranges::any_of(comparison.texts, [&](const auto& text) { return means(text, value); }) ||
         std::ranges::any_of(comparison.networks, [&](const auto& network) { return network.contains(value); });
}

bool holds(const Comparison& comparison, const Event& event) {
  return holds(comparison, field(event, comparison.field));
}

bool holds(const Comparison& comparison, const Fields& fields) {
  if (!Fields::names_any(comparison.field)) {
    const auto* leaf = fields.find(comparison.field);
    return holds(comparison, leaf == nullptr ? std::string_view() : std::string_view(*leaf));
  }
  const auto is_so = [&](std::string_view text) { return holds(comparison, text); };
  if (fields.find_any(comparison.field, is_so) != nullptr) return true;
  const auto is_there = [](std::string_view) { return true; };
  return is_so("") && fields.find_any(comparison.field, is_there) == nullptr;
}

bool holds(const Condition& condition, const Event& event) {
  const auto is_so = [&](const Comparison& comparison) { return holds(comparison, event); };
  if (!std::ranges::all_of(condition.when, is_so) || std::ranges::any_of(condition.unless, is_so)) return false;
  using namespace std::chrono;
  const auto local = condition.zone.to_local(floor<seconds>(event.time));
  const auto day = floor<days>(local);
  if (!condition.days.at(weekday(day).c_encoding())) return false;
  if (!condition.hours) return true;
  const auto minute = static_cast<int>(floor<minutes>(local - day).count());
  const auto [begin, end] = *condition.hours;
  return begin < end ? minute >= begin && minute < end : minute >= begin || minute < end;
}

}  // namespace countersign::core
