// Looks after the agents every few seconds: those that fell silent become one finding, however many they are, amended
// as others fall silent and come back; containments nobody reported on expire. What was said is kept in the store, so a
// restart neither repeats nor forgets it. start() and stop() on the scheduler's thread; silent() from any.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "app/alarm.hpp"
#include "app/policy.hpp"
#include "app/scheduler.hpp"
#include "app/store.hpp"
#include "base/clock.hpp"

namespace countersign::app {

class AgentWatch {
 public:
  static constexpr auto look_every = std::chrono::seconds(10);
  static constexpr auto silent_after = std::chrono::seconds(60);        // three heartbeats and a grace of as much
  static constexpr auto patience_at_start = std::chrono::seconds(120);  // agents back off while the server is away

  AgentWatch(Store& store, Scheduler& scheduler, const Clock& clock, const PolicySource& policy);

  void start();
  void stop();

  /// Why the service is degraded: "the agent of HOST is silent since …", as of the last look; a mass outage is one.
  [[nodiscard]] std::vector<std::string> reasons() const;

 private:
  void look();

  Store& store_;
  Scheduler& scheduler_;
  const Clock& clock_;
  const PolicySource& policy_;
  Timestamp begun_{};     // the scheduler's thread's
  bool stopped_ = false;  // the scheduler's thread's
  mutable std::mutex mutex_;
  std::vector<std::string> reasons_;  // guarded by mutex_
  Alarm alarm_;
};

}  // namespace countersign::app
