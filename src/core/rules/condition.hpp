// Under which conditions a rule's event is graver, asks or goes elsewhere: comparisons of its ECS fields with words,
// lists, globs and networks, and the time of day and week at which it happened. Pure; passive data and free functions.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "core/event.hpp"
#include "core/fields.hpp"
#include "core/network.hpp"
#include "core/zone.hpp"

namespace countersign::core {

/// One field against a list: it holds where any entry does. An entry is a text with '*' for any run of characters, or,
/// where the field's name ends in ".ip", a network too. Only "" holds where there is no such field.
struct Comparison {
  std::string field;
  std::vector<std::string> texts;
  std::vector<Network> networks;
};

/// Makes the comparison of what a rule's file says; `values` are texts or networks.
Comparison make_comparison(std::string field, const std::vector<std::string>& values);

/// From `begin` until before `end`, in minutes of the day; over midnight where end is not after begin.
struct Hours {
  int begin = 0, end = 0;
};

/// "08:00-18:30", "22:00-06:00"; the end may be "24:00". Fault::invalid says what is wrong.
Result<Hours> parse_hours(std::string_view text);
/// "mon", "tuesday": days since Sunday. Fault::invalid names the days.
Result<unsigned> parse_weekday(std::string_view text);

struct Condition {
  std::vector<Comparison> when;                                        // all must hold
  std::vector<Comparison> unless;                                      // none may hold
  std::optional<Hours> hours;                                          // of the event's own time, in `zone`
  std::array<bool, 7> days{true, true, true, true, true, true, true};  // from Sunday; of the day it is then in `zone`
  Zone zone;
};

/// `value` is empty where there is none; that only "" holds for.
bool holds(const Comparison& comparison, std::string_view value);
bool holds(const Comparison& comparison, const Event& event);
/// The field is a leaf's path; where that has "[*]", one element it holds for is enough, and "" holds where there is
/// none.
bool holds(const Comparison& comparison, const Fields& fields);
bool holds(const Condition& condition, const Event& event);

}  // namespace countersign::core
