// Slack's three seconds: what is heard is answered in time even where the store is slow. A late click counts as taken
// and goes on; only when it then comes to nothing is who clicked told so, by the response_url. A late command is told
// to come again, a late form stays open with its words. Safe for concurrent access.
#pragma once

#include "app/scheduler.hpp"
#include "chat/slack/clicks.hpp"
#include "chat/slack/surfaces.hpp"

namespace countersign::chat::slack {

class InTime {
 public:
  static constexpr Duration patience = std::chrono::milliseconds(2500);  // Slack's 3 s, less the way there and back

  using Hear = std::function<void(const Envelope&, Surfaces::Answer)>;
  using Tell = std::function<void(const Click&, const std::string&)>;

  /// `hear` does the work, `tell` says something to who clicked. The scheduler must outlive this.
  InTime(app::Scheduler& scheduler, Hear hear, Tell tell)
      : scheduler_(scheduler), hear_(std::move(hear)), tell_(std::move(tell)) {}

  /// `answer` is called once, after `patience` at the latest.
  void operator()(const Envelope& envelope, Surfaces::Answer answer) const;

 private:
  app::Scheduler& scheduler_;
  const Hear hear_;
  const Tell tell_;
};

}  // namespace countersign::chat::slack
