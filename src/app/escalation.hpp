// Undecided approvals speak again: takes due timers from the store, owes their messages and sets the next ones, all
// in one transaction, so a crash at any line neither loses nor doubles one. Start is wake().
// wake() is safe from any thread; the rest happens on the scheduler's thread and the store's.
#pragma once

#include "app/alarm.hpp"
#include "app/policy.hpp"
#include "app/scheduler.hpp"
#include "app/store.hpp"
#include "base/clock.hpp"

namespace countersign::app {

class Escalation {
 public:
  Escalation(Store& store, Scheduler& scheduler, const Clock& clock, const PolicySource& policy);

  /// Looks for due timers now: at start, and after every commit that set one.
  void wake();
  /// No new work; what is under way finishes in the store.
  void stop();

 private:
  void take();
  void taken(Result<void> written, std::optional<Timestamp> next, bool more);

  Store& store_;
  Scheduler& scheduler_;
  const Clock& clock_;
  const PolicySource& policy_;
  bool busy_ = false, again_ = false, stopped_ = false;  // the scheduler's thread's
  Alarm alarm_;
};

}  // namespace countersign::app
