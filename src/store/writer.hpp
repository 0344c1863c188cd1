// The one thread that writes. It takes whatever has queued up, runs the works in savepoints of one transaction and
// commits them together: durability costs one fsync a batch. submit() and healthy() are safe from any thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "app/store.hpp"
#include "store/ledger.hpp"

namespace countersign::store {

class Writer {
 public:
  using OnCommit = std::function<void(const Changed&)>;
  using AskFollowUp = std::function<std::optional<app::Store::FollowUp>()>;

  Writer(Connection connection, const Clock& clock, IdSource ids, SqliteLedger::Marks marks, std::size_t queue_limit,
         OnCommit on_commit, AskFollowUp follow_up);
  /// Finishes what is queued.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void submit(app::Store::Work work, app::Store::Done done, bool repeatable);
  [[nodiscard]] bool healthy() const { return healthy_.load(std::memory_order_relaxed); }

 private:
  struct Item {
    app::Store::Work work;
    app::Store::Done done;
    Result<void> result;
    bool repeatable = false;
    bool alone = false;  // its transaction holds nothing else
  };
  enum class Wake { work, idle, stop };

  void run();
  Wake wait();
  bool take(Item& item);
  void write_batch();
  void put_first(app::Store::FollowUp follow_up);
  void run_works(Changed& changed);
  bool run_alone(Item& item, Changed& changed);
  bool run_together(Item& item, Changed& changed);
  bool end_together();
  Result<void> call_work(Item& item, Changed& changed);
  Result<void> commit();
  void probe();

  Connection connection_;      // the thread's
  SqliteLedger ledger_;        // the thread's
  std::vector<Item> batch_;    // the thread's
  std::size_t together_ = 0;   // the thread's: how many at the batch's end share the open savepoint
  bool checkpointed_ = false;  // the thread's: nothing was written since
  const std::size_t queue_limit_;
  const OnCommit on_commit_;
  const AskFollowUp follow_up_;
  std::atomic<bool> healthy_ = true;

  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Item> queue_;  // guarded by mutex_
  bool stopping_ = false;   // guarded by mutex_

  std::thread thread_;  // last: it starts when the rest is there
};

}  // namespace countersign::store
