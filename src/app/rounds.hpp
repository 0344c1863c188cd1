// A use case that looks at the store now and then: each round is one transaction that also says when the next one is
// due. What a round must remember it keeps in the store (a mark), so that a restart neither repeats nor forgets it.
// start() and stop() on the scheduler's thread; the round itself runs on the store's writer.
#pragma once

#include <functional>

#include "app/alarm.hpp"
#include "app/policy.hpp"
#include "app/scheduler.hpp"
#include "app/store.hpp"
#include "base/clock.hpp"

namespace countersign::app {

class Rounds {
 public:
  /// Gives the time of the next round. It is copied into each transaction.
  using Round = std::function<Result<Timestamp>(Ledger& ledger, const Policy& policy, Timestamp now)>;
  /// Where looking takes long it is done with a reader first, so that the writer isn't held: gives the round.
  using Survey = std::function<Result<Round>(View& view, const Policy& policy, Timestamp now)>;

  /// After a failed round, which the store counts and shows, the next one comes in a minute.
  static constexpr auto after_failure = std::chrono::minutes(1);

  /// Everything handed over must outlive this and the store's answers.
  Rounds(Store& store, Scheduler& scheduler, const Clock& clock, const PolicySource& policy, Round round,
         Duration patience = {});
  Rounds(Store& store, Scheduler& scheduler, const Clock& clock, const PolicySource& policy, Survey survey,
         Duration patience = {});

  /// The first round after `patience`.
  void start();
  void stop();

 private:
  void look();
  void survey();
  void write(Round round);

  Store& store_;
  Scheduler& scheduler_;
  const Clock& clock_;
  const PolicySource& policy_;
  const Round round_;  // one of these two
  const Survey survey_;
  const Duration patience_;
  bool stopped_ = false;
  Alarm alarm_;
};

}  // namespace countersign::app
