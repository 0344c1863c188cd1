// The built-in inbox as a chat: its pages read the store, so a message is delivered by being owed.
// Safe for concurrent access.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/chat.hpp"

namespace countersign::chat {

class InboxChat final : public app::Chat {
 public:
  /// Every configured person and the security channel have a page: the address is the name.
  [[nodiscard]] std::optional<std::string> address(const core::Directory& directory,
                                                   std::string_view to) const override;
  void deliver(app::OwedMessage message, Done done) override;
};

}  // namespace countersign::chat
