// Calls a function at the earliest time it was asked for: how outbox and escalation sleep until something is due.
// set() only on the scheduler's thread, where `ring` is called too. Must be owned by a shared_ptr's owner that
// outlives the scheduler's queue, or be stopped first.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>

#include "app/scheduler.hpp"
#include "base/clock.hpp"

namespace countersign::app {

class Alarm {
 public:
  Alarm(Scheduler& scheduler, const Clock& clock, std::function<void()> ring)
      : scheduler_(scheduler), clock_(clock), state_(std::make_shared<State>(State{std::move(ring), {}, 0})) {}
  ~Alarm() { stop(); }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  /// Rings at `at`, or earlier where an earlier time stands.
  void set(Timestamp at) {
    if (state_->due && *state_->due <= at) return;
    state_->due = at;
    const auto turn = ++state_->turn;
    const auto delay = std::max(at - clock_.now(), Duration::zero());
    scheduler_.after(delay, [state = std::weak_ptr(state_), turn] {
      const auto alive = state.lock();
      if (!alive || alive->turn != turn || !alive->ring) return;
      alive->due.reset();
      alive->ring();
    });
  }

  void stop() { state_->ring = nullptr; }

 private:
  struct State {
    std::function<void()> ring;
    std::optional<Timestamp> due;
    std::uint64_t turn;
  };
  Scheduler& scheduler_;
  const Clock& clock_;
  std::shared_ptr<State> state_;
};

}  // namespace countersign::app
