// What the running service does for the audit chain by itself: the daily root, the head to those who keep it elsewhere,
// and the digest of the day before. Made and used on the loop's thread.
#pragma once

#include <memory>
#include <vector>

#include "app/chat_router.hpp"
#include "app/rounds.hpp"
#include "chat/pager/head_file.hpp"
#include "chat/pager/webhook.hpp"
#include "main/config/config.hpp"

namespace countersign::cli {

class AuditTrail {
 public:
  /// Everything given must outlive it, and the store's answers too. Throws std::runtime_error where a ca_file can't be
  /// used.
  AuditTrail(const Config& config, net::Loop& loop, app::Store& store, app::Scheduler& scheduler, const Clock& clock,
             const app::PolicySource& policy, app::ChatRouter& router);

  void start();
  void stop();

 private:
  std::unique_ptr<net::Client> client_;
  std::unique_ptr<chat::WebhookPager> webhook_;
  std::unique_ptr<chat::HeadFile> file_;
  app::Rounds roots_, digests_;
};

}  // namespace countersign::cli
