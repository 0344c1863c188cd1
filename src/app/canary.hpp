// Canaries: each is a harmless login on a host, made now and then or when asked for, and followed until both witnesses
// and the message path carried it or its time is over. A run is kept in the store from before the login on, so a
// restart finishes what it finds. What was not carried is a finding, one a host, amended when it is carried again. The
// login's account is an ordinary service account: its policy says that nobody is asked. What the message path must
// carry is one quiet message a day in the security channel, edited with every run.
// start(), stop() and reasons() on the scheduler's thread, run() from any; the rest happens there and on the store's.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "app/alarm.hpp"
#include "app/policy.hpp"
#include "app/scheduler.hpp"
#include "app/store.hpp"
#include "base/clock.hpp"

namespace countersign::app {

struct CanarySettings {
  std::string host, user, key;
  Duration every{};  // zero: only when asked for
  Duration within = std::chrono::minutes(2);
};

class Canaries {
 public:
  /// Logs in at that host, within that time; `done` is called once on the scheduler's thread, with why where it failed.
  using Login =
      std::function<void(const std::string& host, Duration bound, std::move_only_function<void(Result<void>)> done)>;
  using Begun = std::move_only_function<void(Result<Id>)>;

  Canaries(Store& store, Scheduler& scheduler, const Clock& clock, const PolicySource& policy,
           std::vector<CanarySettings> settings, Login login);

  void start();
  void stop();
  /// Makes one now: its run's id. Fault::not_found where that host has none, Fault::conflict where one is under way.
  /// `begun` is called on the scheduler's thread.
  void run(std::string host, Begun begun);
  /// What the newest run of each host did not carry.
  [[nodiscard]] std::vector<std::string> reasons() const;

 private:
  void rest();
  void ring();
  void begin(const CanarySettings& canary, Begun begun);
  void logged_in(Id run, Result<void> result);
  void look();

  struct Standing {
    std::optional<Timestamp> started;  // the newest run's
    bool beginning = false, open = false;
    std::string trouble;
  };

  Store& store_;
  Scheduler& scheduler_;
  const Clock& clock_;
  const PolicySource& policy_;
  const std::vector<CanarySettings> settings_;
  const Login login_;
  // The scheduler's thread's:
  std::map<std::string, Standing> standing_;  // by host
  Timestamp began_{};
  bool looking_ = false, stopped_ = false;
  Alarm alarm_;
};

/// The run's row and the message it owes, in the caller's transaction.
Result<core::CanaryRun> begin_canary(Ledger& ledger, const Policy& policy, const CanarySettings& canary, Timestamp now);
/// Looks at every open run; those that are over are finished, and found or amended.
Result<void> look_at_canaries(Ledger& ledger, const Policy& policy, Timestamp now);

}  // namespace countersign::app
