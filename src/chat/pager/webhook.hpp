// A webhook as a pager: one signed JSON POST a page (its shape and its signature: deploy/pagers.md).
// A page is news, so later changes of its approval are not posted. deliver() and `done` on the client's thread.
#pragma once

#include <string>

#include "app/chat.hpp"
#include "base/clock.hpp"
#include "chat/pager/settings.hpp"
#include "chat/signed_post.hpp"

namespace countersign::chat {

class WebhookPager final : public app::Chat {
 public:
  /// `client` and `clock` must outlive the pager and every delivery.
  WebhookPager(net::Client& client, const Clock& clock, WebhookPagerSettings settings, ApprovalLink link);

  /// Its own name, for whatever it is asked to deliver.
  [[nodiscard]] std::optional<std::string> address(const core::Directory& directory,
                                                   std::string_view to) const override;
  void deliver(app::OwedMessage message, Done done) override;

 private:
  const Clock& clock_;
  const std::string name_;
  SignedPost post_;
  const ApprovalLink link_;
};

namespace pager {

/// The body of a page. `link` may be empty.
std::string webhook_body(const app::OwedMessage& message, std::string_view pager, std::string_view link,
                         Timestamp sent_at);

}  // namespace pager
}  // namespace countersign::chat
