// Logins are judged continuously: takes those that are due to be looked at, judges each from all there is, and writes
// verdict, finding and the next look in one transaction, so a crash at any line neither loses nor doubles one. Start is
// wake(). wake() is safe from any thread; the rest happens on the scheduler's thread and the store's.
#pragma once

#include "app/alarm.hpp"
#include "app/policy.hpp"
#include "app/scheduler.hpp"
#include "app/store.hpp"
#include "base/clock.hpp"

namespace countersign::app {

class Reconcile {
 public:
  Reconcile(Store& store, Scheduler& scheduler, const Clock& clock, const PolicySource& policy);

  /// Looks for due logins now: at start, and after every commit that made one due.
  void wake();
  /// No new work; what is under way finishes in the store.
  void stop();

 private:
  void look();
  void looked(const Result<void>& written, std::optional<Timestamp> next, bool more);

  Store& store_;
  Scheduler& scheduler_;
  const Clock& clock_;
  const PolicySource& policy_;
  bool busy_ = false, again_ = false, stopped_ = false;  // the scheduler's thread's
  Alarm alarm_;
};

}  // namespace countersign::app
