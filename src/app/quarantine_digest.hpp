// Tells the security channel what no rule understood: a sum at most once in digest_every, never a message each.
// wake() and stop() on the scheduler's thread; how far it has told is a mark in the store.
#pragma once

#include "app/alarm.hpp"
#include "app/policy.hpp"
#include "app/scheduler.hpp"
#include "app/store.hpp"
#include "base/clock.hpp"

namespace countersign::app {

class QuarantineDigest {
 public:
  /// Everything handed over must outlive this and the store's answers.
  QuarantineDigest(Store& store, Scheduler& scheduler, const Clock& clock, const PolicySource& policy)
      : store_(store), scheduler_(scheduler), clock_(clock), policy_(policy), alarm_(scheduler, clock, [this] {
          look();
        }) {}

  void start() { look(); }
  void stop();

 private:
  void look();

  Store& store_;
  Scheduler& scheduler_;
  const Clock& clock_;
  const PolicySource& policy_;
  bool stopped_ = false;
  Alarm alarm_;
};

/// "37 messages no rule understood: 30 from sudo, 5 from sshd, 2 from others"; programs cut to a line.
std::string words_of(const QuarantineSum& sum);

}  // namespace countersign::app
