// What a click means, by whichever way Slack brought it: who is behind the user id, what their word does, what only
// they are told. A click is believed here; proving that it is Slack's is the carrier's work.
// Safe for concurrent access.
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

namespace countersign::chat {

/// Says a word through a button: app::Decide::by_button. `done` is called once, when it is durable or refused.
using Speak =
    std::function<void(std::string value, core::Word word, std::move_only_function<void(Result<core::Outcome>)> done)>;

namespace slack {

class Clicks {
 public:
  /// False where the word could not be made durable: Slack must show that the click failed, so that it is made again.
  using Done = std::move_only_function<void(bool settled)>;

  /// Everything handed over must outlive this and the clicks it has begun.
  Clicks(const SlackSettings& settings, const app::PolicySource& policy, const Clock& clock, Speak speak,
         net::Client& client, Api& api);

  /// Calls `done` once, on this thread or one of the store's: when the word is durable, refused (who clicked is told
  /// why) or none of ours. The same click twice is two words, the second of which changes nothing.
  void take(Click click, Done done);

  /// Called after each decision click was acknowledged, on the same thread. True: who clicked is told by it.
  using Follow = std::function<bool(const Click&, core::Act, const Result<core::Outcome>&)>;
  /// Before the first click.
  void follow_with(Follow follow) { follow_ = std::move(follow); }

  [[nodiscard]] std::optional<core::Actor> who(const std::string& user) const;
  /// Says something to who clicked alone: where they clicked, or over App Home. `more` are blocks that follow it.
  void tell(const Click& click, const std::string& text, const nlohmann::json& more = nlohmann::json::array());

 private:
  void post_ephemeral(const Click& click, nlohmann::json message);

  const SlackSettings& settings_;
  const app::PolicySource& policy_;
  const Clock& clock_;
  Speak speak_;
  net::Client& client_;
  Api& api_;
  Follow follow_;
};

/// An error as a sentence for who clicked.
std::string told(const Error& error);

}  // namespace slack
}  // namespace countersign::chat
