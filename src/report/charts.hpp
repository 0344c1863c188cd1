// The shapes of the report's two charts, in the page's own units: numbers only, so nothing an attacker wrote gets in.
// Pure.
#pragma once

#include <string>
#include <vector>

#include "app/report.hpp"

namespace countersign::report {

struct Bar {
  std::string verdict, title;
  double x = 0, y = 0, width = 0, height = 0;
};

struct Mark {  // a number on the scale, left of its line's beginning; or a date, centred below a bar
  std::string text;
  double x = 0, y = 0;
};

/// Stacked bars, a day each, 720 units wide.
struct DayChart {
  std::vector<Bar> bars;
  std::vector<Mark> scale, dates;
  double height = 0;
};
/// Empty where the span has no day, or no login.
DayChart chart_days(const std::vector<app::ReportDay>& days);

/// A gap's place on a strip of 200 units that stands for the whole span; at least one unit, so that it is seen.
struct Stretch {
  double x = 0, width = 0;
};
Stretch place_gap(const core::Gap& gap, Timestamp from, Timestamp to);

}  // namespace countersign::report
