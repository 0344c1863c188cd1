#include "store/writer.hpp"

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

#include "store/meta.hpp"

namespace countersign::store {
namespace {

constexpr std::size_t most_works = 1000;
constexpr auto longest_batch = std::chrono::milliseconds(5);  // what comes meanwhile waits for it
constexpr auto idle_after = std::chrono::seconds(1);

/// Callbacks are told and nothing more: one that throws has nobody to tell and must not end the thread.
template <typename Callback, typename... Arguments>
void call(Callback& callback, Arguments... arguments) {
  try {
    if (callback) callback(std::move(arguments)...);
  } catch (...) {  // NOLINT(bugprone-empty-catch)
  }
}

Result<void> guarded(app::Store::Work& work, app::Ledger& ledger) {
  try {
    return work(ledger);
  } catch (const std::exception& failure) {
    return fail(Fault::internal, "a work failed: {}", failure.what());
  } catch (...) {
    return fail(Fault::internal, "a work failed");
  }
}

}  // namespace

Writer::Writer(Connection connection, const Clock& clock, IdSource ids, SqliteLedger::Marks marks,
               std::size_t queue_limit, OnCommit on_commit, AskFollowUp follow_up)
    : connection_(std::move(connection)),
      ledger_(connection_, clock, ids, std::move(marks)),
      queue_limit_(queue_limit),
      on_commit_(std::move(on_commit)),
      follow_up_(std::move(follow_up)),
      thread_([this] { run(); }) {}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ready_.notify_all();
  thread_.join();
}

void Writer::submit(app::Store::Work work, app::Store::Done done, bool repeatable) {
  Result<void> refused;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      refused = fail(Fault::unavailable, "the store is closing");
    } else if (queue_.size() >= queue_limit_) {
      refused = fail(Fault::overloaded, "{} works wait for the disk: try again later", queue_.size());
    } else {
      queue_.push_back({std::move(work), std::move(done), {}, repeatable, false});
    }
  }
  if (!refused) return call(done, std::move(refused));
  ready_.notify_one();
}

void Writer::run() {
  for (;;) {
    switch (wait()) {
      case Wake::work:
        write_batch();
        break;
      case Wake::idle:
        if (!healthy()) {
          probe();
        } else if (!checkpointed_) {
          // While nobody waits; the busiest hours are left to the automatic checkpoint.
          sqlite3_wal_checkpoint_v2(connection_.raw(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
          checkpointed_ = true;
        }
        break;
      case Wake::stop:
        return;
    }
  }
}

Writer::Wake Writer::wait() {
  std::unique_lock lock(mutex_);
  const auto called = [this] { return !queue_.empty() || stopping_; };
  if (healthy() && checkpointed_)
    ready_.wait(lock, called);
  else
    ready_.wait_for(lock, idle_after, called);
  if (!queue_.empty()) return Wake::work;
  return stopping_ ? Wake::stop : Wake::idle;
}

bool Writer::take(Item& item) {
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) return false;
  item = std::move(queue_.front());
  queue_.pop_front();
  return true;
}

void Writer::write_batch() {
  Changed changed;
  checkpointed_ = false;
  together_ = 0;
  auto written = connection_.execute("BEGIN IMMEDIATE");
  if (written) {
    run_works(changed);
    written = commit();  // and what is left of savepoints
  } else if (Item item; take(item)) {
    batch_.push_back(std::move(item));
  }
  healthy_.store(written.has_value(), std::memory_order_relaxed);
  if (!written && connection_.in_transaction()) (void)connection_.execute("ROLLBACK");
  for (auto& item : batch_) {
    item.work = nullptr;  // what it holds is let go before the answer
    if (!written && item.result) item.result = fail(Fault::unavailable, "not written: {}", written.error().message);
    call(item.done, std::move(item.result));
  }
  batch_.clear();
  if (!written || !(changed.deliveries || changed.timers || changed.looks || changed.feed)) return;
  call(on_commit_, std::cref(changed));
  if (!changed.deliveries || !follow_up_) return;
  if (auto next = follow_up_()) put_first(*std::move(next));
}

void Writer::put_first(app::Store::FollowUp follow_up) {
  const std::lock_guard lock(mutex_);
  queue_.push_front({std::move(follow_up.work), std::move(follow_up.done), {}, false, true});
}

void Writer::run_works(Changed& changed) {
  const auto until = std::chrono::steady_clock::now() + longest_batch;
  Item item;
  while (batch_.size() < most_works && take(item)) {
    batch_.push_back(std::move(item));
    auto& last = batch_.back();
    const bool lives = last.repeatable ? run_together(last, changed) : end_together() && run_alone(last, changed);
    if (!lives || last.alone || std::chrono::steady_clock::now() >= until) return;
  }
}

Result<void> Writer::call_work(Item& item, Changed& changed) {
  ledger_.begin();
  auto result = guarded(item.work, ledger_);
  if (result) result = ledger_.end();
  if (result) {
    changed.deliveries |= ledger_.changed().deliveries;
    changed.timers |= ledger_.changed().timers;
    changed.looks |= ledger_.changed().looks;
    changed.feed |= ledger_.changed().feed;
  }
  return result;
}

/// False where the disk's failure has ended the whole transaction.
bool Writer::run_alone(Item& item, Changed& changed) {
  item.result = write(connection_, "SAVEPOINT work");
  if (item.result) item.result = call_work(item, changed);
  if (!connection_.in_transaction()) return false;
  if (!item.result && !write(connection_, "ROLLBACK TO work")) return false;
  return write(connection_, "RELEASE work").has_value();
}

/// In a savepoint SQLite copies every page before its first change, for ten events 45 pages: works that can be run
/// again share one, and where one fails each of them is run again in its own. False as above.
bool Writer::run_together(Item& item, Changed& changed) {
  if (together_ == 0)
    if (item.result = write(connection_, "SAVEPOINT work"); !item.result) return connection_.in_transaction();
  ++together_;
  item.result = call_work(item, changed);
  if (item.result) return true;
  const auto again = std::span(batch_).last(together_);
  if (!connection_.in_transaction() || !write(connection_, "ROLLBACK TO work") || !end_together()) return false;
  return std::ranges::all_of(again, [&](Item& one) { return run_alone(one, changed); });
}

bool Writer::end_together() {
  return std::exchange(together_, 0) == 0 || write(connection_, "RELEASE work").has_value();
}

Result<void> Writer::commit() {
  if (!connection_.in_transaction()) return fail(Fault::unavailable, "the disk took no more");
  return write(connection_, "COMMIT");
}

/// Nobody writes while we answer 503: so we try ourselves whether the disk is back.
void Writer::probe() {
  auto written = connection_.execute("BEGIN IMMEDIATE");
  if (written) written = write_probe(connection_);
  if (written) written = commit();
  if (connection_.in_transaction()) (void)connection_.execute("ROLLBACK");
  healthy_.store(written.has_value(), std::memory_order_relaxed);
}

}  // namespace countersign::store
