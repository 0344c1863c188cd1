// When an undecided approval speaks again. Pure arithmetic on the times the store keeps.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "core/event.hpp"
#include "core/zone.hpp"

namespace countersign::core {

struct Pace {
  Duration group_window = std::chrono::seconds(60);
  Duration escalate_after = std::chrono::minutes(30);
  Duration repeat_every = std::chrono::hours(4);
  Duration page_after = std::chrono::hours(24);
};

/// When the security channel hears of the day before.
struct Daily {
  std::chrono::minutes at = std::chrono::hours(8);  // after midnight
  Zone zone{};
  std::string zone_name = "UTC";
};

struct Schedule {
  std::array<Pace, 3> by_severity{};  // indexed by Severity
  Duration page_after_outage = std::chrono::minutes(15);
  Duration trust_for = std::chrono::hours(8);
  Duration ask_within = std::chrono::hours(24);
  Duration digest_every = std::chrono::hours(1);  // the least between two digests of the quarantine
  std::optional<Duration> take_for;               // how long a taken approval is not repeated; none: its repeat_every
  // A person is asked so many questions within so long; the rest are one finding. 0: no bound.
  std::int64_t questions_at_most = 100;
  Duration questions_within = std::chrono::hours(1);
  bool shadow = false;
  std::string asks_by = "inbox";         // the way people are asked: what they decide by another sends them a receipt
  std::vector<std::string> pagers;       // the names of those that are paged
  std::vector<std::string> publishers;   // and of those that take the audit chain's head
  std::optional<Daily> daily = Daily{};  // none: no digest of the day

  [[nodiscard]] const Pace& pace(Severity severity) const { return by_severity.at(static_cast<std::size_t>(severity)); }
};

enum class TimerKind { escalate, repeat, page };
std::string_view to_text(TimerKind kind);
Result<TimerKind> parse_timer_kind(std::string_view text);

struct Due {
  TimerKind kind = TimerKind::escalate;
  Timestamp at{};
};

/// The timers an approval is born with. One that starts at the channel counts as escalated then.
std::vector<Due> first_timers(const Pace& pace, Timestamp created, bool starts_at_channel);

/// The timer that follows one that fired: repeats keep to the grid of `due` + n·repeat_every, and those that were
/// missed while nobody ran are spoken once, not once each. Nothing follows a page.
std::vector<Due> next_timers(const Pace& pace, const Due& fired, Timestamp now);

}  // namespace countersign::core
