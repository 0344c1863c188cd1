// A chat before Slack's: a person whose account is deactivated or a bot's is not written to; the outbox is told why,
// and the security channel gets the message. Calls as app::Chat has them.
#pragma once

#include "app/chat.hpp"
#include "chat/slack/users.hpp"

namespace countersign::chat {

class Reachable final : public app::Chat {
 public:
  /// Everything handed over must outlive this and the deliveries it has begun.
  Reachable(app::Chat& slack, net::Client& client, const SlackSettings& settings, app::Store& store,
            app::Scheduler& scheduler, const Clock& clock)
      : slack_(slack), users_(client, settings, store, scheduler, clock) {}

  [[nodiscard]] std::optional<std::string> address(const core::Directory& directory,
                                                   std::string_view to) const override {
    return slack_.address(directory, to);
  }
  void deliver(app::OwedMessage message, Done done) override;

 private:
  app::Chat& slack_;
  slack::UserStandings users_;
};

}  // namespace countersign::chat
