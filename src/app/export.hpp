// An export: the feed pushed to one receiver, entry by entry, each at least once and in order. Its cursor is a mark in
// the store that moves when the receiver has taken an entry, so a restart goes on where it was; what it can't deliver
// waits behind its oldest entry for as long as it takes.
// start(), wake() and stop() on the scheduler's thread, but wake() is safe from any; the rest happens there and on the
// store's threads.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/alarm.hpp"
#include "app/chat.hpp"
#include "app/feed.hpp"
#include "app/scheduler.hpp"
#include "app/store.hpp"
#include "base/clock.hpp"

namespace countersign::app {

struct ExportSettings {
  std::string name;
  std::vector<FeedKind> kinds;  // empty: all
  bool from_start = false;      // the first time: everything there is, not only what comes
};

class Export {
 public:
  using Sent = std::move_only_function<void(std::optional<Undelivered>)>;
  /// `{"version":1,"export":NAME,"sent_at":…,"entry":{…}}`, the entry's id, and when; `done` is called once on the
  /// scheduler's thread, with nullopt where it was taken.
  using Send = std::function<void(std::string body, std::string_view key, Timestamp now, Sent done)>;

  Export(Store& store, Scheduler& scheduler, const Clock& clock, ExportSettings settings, Send send);

  void start();
  /// The feed grew.
  void wake();
  void stop();

  /// Why nothing gets through and since when; empty: all does.
  [[nodiscard]] std::string trouble() const;

  static std::string mark_of(std::string_view name);

 private:
  void begin();
  void look();
  void looked(Result<FeedPage> page);
  void deliver();
  void answered(std::optional<Undelivered> refusal);
  void pass(const std::string& cursor, bool delivered);
  void passed(const Result<void>& written, std::string cursor);
  void failed(std::string why, Duration wait);

  Store& store_;
  Scheduler& scheduler_;
  const Clock& clock_;
  const ExportSettings settings_;
  const Send send_;
  // The scheduler's thread's:
  bool begun_ = false, busy_ = false, again_ = false, stopped_ = false;
  std::string cursor_;                 // as the mark has it
  std::deque<FeedPage::Row> waiting_;  // read and not taken yet, oldest first
  std::string after_waiting_;          // the cursor behind them
  std::int64_t failures_ = 0;          // since the last success
  std::optional<Timestamp> failing_since_;
  std::string error_;
  Alarm alarm_;
};

}  // namespace countersign::app
