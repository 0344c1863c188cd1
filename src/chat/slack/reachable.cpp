#include "chat/slack/reachable.hpp"

namespace countersign::chat {

void Reachable::deliver(app::OwedMessage message, Done done) {
  const bool user = message.recipient.starts_with('U') || message.recipient.starts_with('W');
  // What stands already is edited where it stands, whoever reads it.
  if (!user || !message.notification.remote_message.empty()) return slack_.deliver(std::move(message), std::move(done));
  auto id = message.recipient;
  users_.ask(id, [this, message = std::move(message), done = std::move(done)](std::string why) mutable {
    if (why.empty()) return slack_.deliver(std::move(message), std::move(done));
    done(std::unexpected(app::Undelivered{app::Undelivered::Kind::bad_target, std::move(why), std::nullopt}));
  });
}

}  // namespace countersign::chat
