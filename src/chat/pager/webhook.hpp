// A webhook as a pager: one signed JSON POST a page (its shape and its signature: deploy/pagers.md).
// A page is news, so later changes of its approval are not posted. deliver() and `done` on the client's thread.
#pragma once

#include <string>

#include "app/chat.hpp"
#include "base/clock.hpp"
#include "chat/pager/settings.hpp"
#include "net/client.hpp"

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
  net::Client& client_;
  const Clock& clock_;
  const WebhookPagerSettings settings_;
  const ApprovalLink link_;
};

namespace pager {

/// The body of a page. `link` may be empty.
std::string webhook_body(const app::OwedMessage& message, std::string_view pager, std::string_view link,
                         Timestamp sent_at);

/// "t=UNIX,v1=HEX": hex HMAC-SHA256 of "UNIX.body" under the secret.
std::string webhook_signature(const Secret& secret, std::string_view body, Timestamp sent_at);

/// What an answer means: nullopt where the page is delivered.
std::optional<app::Undelivered> refusal_of(const net::Response& response);

}  // namespace pager
}  // namespace countersign::chat
