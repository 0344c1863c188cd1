#include "core/schedule.hpp"

namespace countersign::core {

std::string_view to_text(TimerKind kind) {
  switch (kind) {
    case TimerKind::escalate:
      return "escalate";
    case TimerKind::repeat:
      return "repeat";
    case TimerKind::page:
      return "page";
  }
  return "";
}

Result<TimerKind> parse_timer_kind(std::string_view text) {
  for (const auto kind : {TimerKind::escalate, TimerKind::repeat, TimerKind::page})
    if (text == to_text(kind)) return kind;
  return fail(Fault::invalid, "'{}' is no kind of timer", text);
}

std::vector<Due> first_timers(const Pace& pace, Timestamp created, bool starts_at_channel) {
  std::vector<Due> due;
  if (starts_at_channel)
    due.push_back({TimerKind::repeat, created + pace.repeat_every});
  else
    due.push_back({TimerKind::escalate, created + pace.escalate_after});
  due.push_back({TimerKind::page, created + pace.page_after});
  return due;
}

std::vector<Due> next_timers(const Pace& pace, const Due& fired, Timestamp now) {
  if (fired.kind == TimerKind::page || pace.repeat_every <= Duration::zero()) return {};
  auto next = fired.at + pace.repeat_every;
  if (next <= now) next += ((now - next) / pace.repeat_every + 1) * pace.repeat_every;
  return {{TimerKind::repeat, next}};
}

}  // namespace countersign::core
