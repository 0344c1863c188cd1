// How fast a chat lets each target be spoken to, kept by us before the chat has to say so: a few messages at once, then
// one every so often; where more wait than may go out, they share a message. Slack: about one a second a channel.
// Safe for concurrent access: the store asks on its writer's thread, the outbox spends on the scheduler's.
#pragma once

#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace countersign::app {

/// What a target takes now.
struct Room {
  Timestamp from{};                                                // no new message before
  std::size_t messages = std::numeric_limits<std::size_t>::max();  // as many may go out then; where more wait …
  std::size_t together = 1;                                        // … as many share one
};

using RoomOf = std::function<Room(std::string_view target)>;

struct PaceSettings {
  Duration every{};          // zero: as fast as it will
  std::int64_t at_once = 1;  // messages to an idle target without waiting
  std::size_t together = 1;  // as many share a message where they would have to wait
};

class Pace {
 public:
  /// Nothing is known of what was sent before `started`: then each target has room for two messages.
  Pace(PaceSettings settings, Timestamp started) : settings_(settings), started_(started) {}

  [[nodiscard]] Room room(std::string_view target, Timestamp now) const;
  /// A new message to the target goes out now. Edits are none.
  void spend(std::string_view target, Timestamp now);
  /// The chat said itself that it takes nothing there before `until`.
  void hold(std::string_view target, Timestamp until);

 private:
  [[nodiscard]] bool unpaced(std::string_view target) const;
  [[nodiscard]] Timestamp full_again(std::string_view target) const;  // with the lock held

  const PaceSettings settings_;
  const Timestamp started_;
  mutable std::mutex mutex_;
  std::map<std::string, Timestamp, std::less<>> full_again_;  // when each has all its room back; guarded by mutex_
  std::size_t tidy_at_ = 1000;                                // entries; guarded by mutex_
};

}  // namespace countersign::app
