// Slack's clicks: POST /slack/interactivity. A request is believed by its signature, a click by who is behind the
// user id; what they may decide is the domain's to say. Safe for concurrent access.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "app/policy.hpp"
#include "base/clock.hpp"
#include "chat/slack/api.hpp"
#include "chat/slack/payload.hpp"
#include "chat/slack/settings.hpp"
#include "core/approval.hpp"
#include "net/client.hpp"
#include "net/http.hpp"

namespace countersign::chat {

/// Says a word through a button: app::Decide::by_button. `done` is called once, when it is durable or refused.
using Speak =
    std::function<void(std::string value, core::Word word, std::move_only_function<void(Result<core::Outcome>)> done)>;

class SlackEndpoint final : public net::Handler {
 public:
  /// The largest request Slack's rules allow us to expect.
  static constexpr std::size_t largest_request = 1024 * 1024;

  /// Everything handed over must outlive the endpoint and the requests it has begun.
  SlackEndpoint(const SlackSettings& settings, const app::PolicySource& policy, const Clock& clock, Speak speak,
                net::Client& client, slack::Api& api);

  /// 200 once the word is durable, or with an ephemeral message that says why not; 400, 401, 404, 405, 413 and 503 as
  /// the contract has them.
  void handle(net::Request request, net::Respond respond) override;
  [[nodiscard]] std::size_t body_limit(const net::Request& head) const override;

 private:
  void clicked(slack::Click click, net::Respond respond);
  [[nodiscard]] std::optional<core::Actor> who(const std::string& user) const;
  void tell(const slack::Click& click, const std::string& text);
  void post_ephemeral(const std::string& channel, const std::string& user, const std::string& text);

  const SlackSettings& settings_;
  const app::PolicySource& policy_;
  const Clock& clock_;
  Speak speak_;
  net::Client& client_;
  slack::Api& api_;
};

}  // namespace countersign::chat
