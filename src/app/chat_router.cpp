#include "app/chat_router.hpp"

#include "core/pager.hpp"

namespace countersign::app {

Chat* ChatRouter::chat_of(std::string_view to) const {
  if (!core::is_pager(to)) return &people_;
  const auto found = pagers_.find(core::pager_name(to));
  return found == pagers_.end() ? nullptr : found->second;
}

std::optional<std::string> ChatRouter::address(const core::Directory& directory, std::string_view to) const {
  const auto* chat = chat_of(to);
  return chat == nullptr ? std::nullopt : chat->address(directory, to);
}

void ChatRouter::deliver(OwedMessage message, Done done) {
  if (auto* chat = chat_of(message.notification.to)) return chat->deliver(std::move(message), std::move(done));
  done(std::unexpected(Undelivered{Undelivered::Kind::bad_target, "this pager is not configured", {}}));
}

}  // namespace countersign::app
