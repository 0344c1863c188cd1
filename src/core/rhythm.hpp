// How long somebody may say nothing, learnt from the silences there were: for each hour (UTC) of a working day or of
// the week's end the longest one that touched it in the last four to eight weeks. What is ordinary by night is not at
// noon, so a silence is measured by the hour it has lasted into, and by how many messages were usual in its hours: a
// weekend's silence misses none. Bounded: 48 hours, two periods of four weeks. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/time.hpp"

namespace countersign::core {

/// When silence is worth a finding.
struct SilenceTerms {
  bool watch = true;
  Duration least = std::chrono::minutes(10);  // never sooner
  int times = 2;                              // as long as the longest silence known of this hour
  Duration owed = std::chrono::hours(24);     // for a host whose log is owed, while its rhythm isn't known
};

class Rhythm {
 public:
  static constexpr std::size_t hours = 48;  // of a working day, then of a day of the week's end
  static constexpr auto period = std::chrono::days(28);
  static constexpr auto first_week = std::chrono::days(8);  // nothing is concluded before it has seen a week
  static constexpr double enough = 20;                      // messages that were usual in the hours of a silence

  struct Hour {
    std::uint32_t longest = 0, longest_before = 0;  // seconds; of this period and of the one before
    std::uint32_t count = 0, count_before = 0;      // messages that came in that hour
    bool operator==(const Hour&) const = default;
  };

  /// A silence that began at `begun` ended after `length`.
  void add(Timestamp begun, Duration length);
  /// How long a silence since `begun` that still lasts at `now` may have lasted; nullopt while too little is known or
  /// hardly a message was to be expected. `first`: when it was first heard.
  [[nodiscard]] std::optional<Duration> allowed(Timestamp begun, Timestamp now, Timestamp first,
                                                const SilenceTerms& terms) const;

  std::array<Hour, hours> by_hour{};
  std::int64_t periods = 0;  // the number of the period of the newest silence

 private:
  [[nodiscard]] std::uint32_t longest_around(Timestamp now) const;
  [[nodiscard]] double usual(Timestamp begun, Timestamp now, Timestamp first) const;
};

}  // namespace countersign::core
