#include "report/charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/words.hpp"

namespace countersign::report {
namespace {

constexpr double right = 720, top = 8, floor_line = 168, bottom = 192;
constexpr double strip = 200;

/// Where the bars begin: right of the scale's longest number, whose digits are at most 8 units wide.
double left_of(const std::string& longest) {
  return std::max(40.0, 16.0 + 8.0 * static_cast<double>(longest.size()));
}

/// The least of 1, 2, 5, 10, 20, … that three steps of reach `most`.
std::int64_t step_for(std::int64_t most) {
  for (std::int64_t ten = 1;; ten *= 10)
    for (const std::int64_t factor : {1, 2, 5})
      if (factor * ten * 3 >= most) return factor * ten;
}

}  // namespace

DayChart chart_days(const std::vector<app::ReportDay>& days) {
  std::int64_t most = 0;
  for (const auto& day : days)
    most = std::max(most, day.verdicts.logins);
  DayChart chart;
  if (most == 0) return chart;
  chart.height = bottom;
  const auto step = step_for(most);
  const auto scaled = [&](std::int64_t n) {
    return static_cast<double>(n) * (floor_line - top) / static_cast<double>(step * 3);
  };
  const double left = left_of(grouped(step * 3));
  for (std::int64_t n = 0; n <= step * 3; n += step)
    chart.scale.push_back({grouped(n), left, floor_line - scaled(n)});

  const double wide = (right - left) / static_cast<double>(days.size());
  const auto every = std::max<std::size_t>(1, (days.size() + 8) / 9);  // dates that fit side by side
  for (std::size_t i = 0; i < days.size(); ++i) {
    const double x = left + wide * static_cast<double>(i);
    double y = floor_line;
    for (const auto& [name, count] : app::verdict_counts) {
      const auto n = days[i].verdicts.*count;
      if (name == "logins" || n == 0) continue;
      y -= scaled(n);
      chart.bars.push_back({std::string(name), fmt::format("{}: {} {}", days[i].date, grouped(n), title_of(name)),
                            x + wide * 0.1, y, std::min(wide * 0.8, 60.0), scaled(n)});
    }
    if (i % every == 0)
      chart.dates.push_back(
          {days[i].date.substr(days.size() > 300 ? 0 : 5), x + std::min(wide * 0.5, 36.0), bottom - 8});
  }
  return chart;
}

Stretch place_gap(const core::Gap& gap, Timestamp from, Timestamp to) {
  const auto span = static_cast<double>((to - from).count());
  const auto at = [&](Timestamp time) {
    return strip * static_cast<double>((std::clamp(time, from, to) - from).count()) / span;
  };
  const auto x = at(gap.from);
  const auto width = std::max(1.0, at(gap.until) - x);
  return {std::min(x, strip - width), width};
}

}  // namespace countersign::report
