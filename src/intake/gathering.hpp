// Messages on their way into the store from senders that are never answered: whatever came while the last batch was
// being made durable is the next one, so that no more is in memory than must be, and few transactions carry many.
// A batch that the store refuses is tried again. On the scheduler's thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/ingest.hpp"
#include "app/scheduler.hpp"

namespace countersign::intake {

class Gathering {
 public:
  using Task = std::move_only_function<void()>;

  Gathering(app::Source source, app::Ingest& ingest, app::Scheduler& scheduler);
  ~Gathering();
  Gathering(const Gathering&) = delete;
  Gathering& operator=(const Gathering&) = delete;

  void add(core::Record record);
  void add_unreadable(std::string sample, std::string why);

  /// As much waits as should: read no more before when_room() calls.
  [[nodiscard]] bool full() const;
  /// Calls `task` once there is room, in the order they were given; now, where there is.
  void when_room(Task task);
  /// Calls `task` once everything that was added is durable; now, where it is.
  void when_empty(Task task);
  /// What waits for the store, or is on its way into it.
  [[nodiscard]] std::size_t waiting() const;
  /// Why the store does not take it; empty while it does.
  [[nodiscard]] std::string trouble() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with what is under way in the store
};

}  // namespace countersign::intake
