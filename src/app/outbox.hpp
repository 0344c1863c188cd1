// Delivers what is owed: leases due notifications from the store, hands them to the chat, writes what came of each.
// At least once, in order for each target; a slow or dead target delays nobody else. Start is wake().
// wake() and follow_up() are safe from any thread; the rest happens on the scheduler's thread and the store's.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "app/alarm.hpp"
#include "app/chat.hpp"
#include "app/pace.hpp"
#include "app/policy.hpp"
#include "app/scheduler.hpp"
#include "app/store.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"

namespace countersign::app {

struct OutboxSettings {
  std::string worker = "server";              // who holds the leases: one name, one process at a time
  Duration lease = std::chrono::seconds(60);  // longer than any delivery takes
  std::size_t at_once = 64;                   // deliveries under way
  PaceSettings pace{};                        // of the chat that asks people; pagers have none
};

class Outbox {
 public:
  Outbox(Store& store, Scheduler& scheduler, const Clock& clock, Random& random, const PolicySource& policy, Chat& chat,
         OutboxSettings settings);

  /// Looks for due notifications now.
  void wake();
  /// The same as a work for the store to write after each commit that owes one; nullopt where there is no room for
  /// more, or such a work is under way: then it is looked again when that is over.
  std::optional<Store::FollowUp> follow_up();
  /// Begins no new delivery and calls `idle` once those under way are written down. On the scheduler's thread.
  void stop(Scheduler::Task idle);

 private:
  struct Taken;
  void claim();
  Result<void> take(Ledger& ledger, bool first, std::size_t room, Taken& taken);
  void claimed(const Result<void>& result, Taken taken);
  void deliver(Claim claim, OwedMessage message);
  void written(const Result<void>& result);
  void rest();

  Store& store_;
  Scheduler& scheduler_;
  const Clock& clock_;
  Random& random_;
  const PolicySource& policy_;
  Chat& chat_;
  const OutboxSettings settings_;
  Pace pace_;
  std::mutex mutex_;
  bool begun_ = false;  // the leases of an earlier life are released; this and what follows guarded by mutex_
  bool claiming_ = false, again_ = false, stopped_ = false;
  std::size_t under_way_ = 0;
  // The scheduler's thread's:
  Scheduler::Task idle_;
  Alarm alarm_;
};

}  // namespace countersign::app
