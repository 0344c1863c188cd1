// The pagers of the configuration, each a chat of its own beside the one that asks people.
// Made and used on the loop's thread.
#pragma once

#include <memory>
#include <vector>

#include "app/chat_router.hpp"
#include "app/scheduler.hpp"
#include "base/clock.hpp"
#include "chat/pager/email.hpp"
#include "main/config/config.hpp"
#include "net/client.hpp"

namespace countersign::cli {

class Pagers {
 public:
  /// Everything given must outlive it. Throws std::runtime_error where a ca_file can't be used.
  Pagers(const std::vector<PagerConfig>& configured, const chat::ApprovalLink& link, net::Loop& loop,
         app::Scheduler& scheduler, const Clock& clock, app::ChatRouter& router);

  /// The service ends: mails under way are given up, to be sent after the next start.
  void give_up();

 private:
  std::vector<std::unique_ptr<net::Client>> clients_;
  std::vector<std::unique_ptr<app::Chat>> chats_;
  std::vector<chat::EmailPager*> mails_;  // of chats_
};

}  // namespace countersign::cli
