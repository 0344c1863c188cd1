// One Chat over several: pagers have a chat each, everybody else is asked through one.
// Holds references; each chat's thread contract is its own. add() before the first delivery.
#pragma once

#include <map>
#include <string>

#include "app/chat.hpp"

namespace countersign::app {

class ChatRouter final : public Chat {
 public:
  explicit ChatRouter(Chat& people) : people_(people) {}

  /// Deliveries to the pager of that name go to `chat` from now on.
  void add(std::string pager, Chat& chat) { pagers_.insert_or_assign(std::move(pager), &chat); }

  /// nullopt also for a pager that is none of these.
  [[nodiscard]] std::optional<std::string> address(const core::Directory& directory,
                                                   std::string_view to) const override;
  void deliver(OwedMessage message, Done done) override;

 private:
  [[nodiscard]] Chat* chat_of(std::string_view to) const;

  Chat& people_;
  std::map<std::string, Chat*, std::less<>> pagers_;
};

}  // namespace countersign::app
