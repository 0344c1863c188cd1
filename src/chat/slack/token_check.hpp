// Asks Slack at the start, and every hour, whether our token is any good, what it may do, and whether it sees the
// security channel, so that a bad one is known before somebody waits for a message. What Slack says stands in the
// chat's health. The scheduler's thread's.
#pragma once

#include "app/alarm.hpp"
#include "app/scheduler.hpp"
#include "base/clock.hpp"
#include "chat/slack/chat.hpp"

namespace countersign::chat::slack {

class TokenCheck {
 public:
  /// Everything handed over must outlive this and the calls it has begun.
  TokenCheck(SlackChat& chat, app::Scheduler& scheduler, const Clock& clock)
      : chat_(chat), clock_(clock), alarm_(scheduler, clock, [this] { ask(); }) {}

  void start() { ask(); }
  void stop() { alarm_.stop(); }

 private:
  void ask();

  SlackChat& chat_;
  const Clock& clock_;
  app::Alarm alarm_;
};

}  // namespace countersign::chat::slack
