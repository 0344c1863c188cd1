// Says by the pagers that the chat takes no messages: once when the oldest has waited longer than page_after_outage,
// once when it is over. What was told stands in the store, so a restart neither forgets nor doubles it.
// start() and stop() on the scheduler's thread; the rest happens there and on the store's.
#pragma once

#include <string>

#include "app/alarm.hpp"
#include "app/policy.hpp"
#include "app/scheduler.hpp"
#include "app/store.hpp"
#include "base/clock.hpp"

namespace countersign::app {

/// An outage that the pagers were told of.
struct ToldOutage {
  Timestamp since{}, told{};  // when the oldest message was owed; when the pagers were told
  Id first;                   // that message
};

enum class OutageTurn { none, begins, ends };

/// Whether there is something to tell. Pure. It begins only where a delivery failed: messages of a time when nobody
/// ran are merely late. It ends only where a message went through since (`taken`): nothing waits, too, when somebody
/// decided everything by another way, and that says nothing about the chat.
OutageTurn turn_of(const Backlog& backlog, const std::optional<ToldOutage>& told, bool taken,
                   Duration page_after_outage, Timestamp now);

class Outage {
 public:
  /// `chat` is the chat's name in sentences: "Slack".
  Outage(Store& store, Scheduler& scheduler, const Clock& clock, const PolicySource& policy, std::string chat);

  /// Looks regularly from now on, for the first time after the outbox had its chance.
  void start();
  void stop();

 private:
  void rest();
  void look();

  Store& store_;
  Scheduler& scheduler_;
  const Clock& clock_;
  const PolicySource& policy_;
  const std::string chat_;
  bool stopped_ = false;
  Alarm alarm_;
};

}  // namespace countersign::app
