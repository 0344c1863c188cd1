#include "chat/inbox/inbox_chat.hpp"

namespace countersign::chat {

std::optional<std::string> InboxChat::address(const core::Directory& directory, std::string_view to) const {
  if (to != core::security_channel && directory.person(to) == nullptr) return std::nullopt;
  return std::string(to);
}

void InboxChat::deliver(app::OwedMessage message, Done done) {
  done(app::Posted{"inbox", to_text(message.notification.id)});
}

}  // namespace countersign::chat
