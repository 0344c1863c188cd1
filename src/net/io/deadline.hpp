// A time limit that is moved far more often than it is met: moving it is one assignment, the timer behind it sleeps
// at most `tick` and looks again. Never late as long as no limit is shorter than the tick. Owned by the loop's thread.
#pragma once

#include <functional>
#include <memory>

#include "base/time.hpp"
#include "net/io/asio.hpp"

namespace countersign::net {

class Deadline {
 public:
  /// `tick` is the shortest span that will be set.
  Deadline(Executor executor, Duration tick) : timer_(executor), tick_(tick) {}

  /// Calls `expired` whenever the limit is met, as long as `owner` lives (it must own this object).
  void start(std::weak_ptr<void> owner, std::function<void()> expired);
  void stop();

  void set(Duration from_now) { at_ = Steady::now() + from_now; }
  void clear() { at_ = Steady::time_point::max(); }

 private:
  using Steady = std::chrono::steady_clock;
  void sleep();

  Timer timer_;
  Duration tick_;
  Steady::time_point at_ = Steady::time_point::max();
  std::weak_ptr<void> owner_;
  std::function<void()> expired_;
};

}  // namespace countersign::net
