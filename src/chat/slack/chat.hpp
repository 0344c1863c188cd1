// Slack as a chat: posts what is owed, edits what stands, by chat.postMessage and chat.update.
// Where an earlier attempt may have posted (no answer came, or the server ended meanwhile) it first looks for that copy
// by the metadata it bears.
// deliver() and `done` on the client's thread; health() and address() from any.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "app/chat.hpp"
#include "app/pace.hpp"
#include "chat/slack/api.hpp"
#include "chat/slack/bundle.hpp"
#include "chat/slack/settings.hpp"

namespace countersign::chat {

class SlackChat final : public app::Chat {
 public:
  /// Slack takes about one message a second in a channel, and short bursts (docs.slack.dev/apis/web-api/rate-limits).
  static constexpr app::PaceSettings pace{std::chrono::seconds(1), 4, slack::most_together};

  /// Told what an operator should know and nobody else will see: a message Slack refused as malformed.
  using Warn = std::function<void(std::string_view)>;

  /// `client` must outlive the chat and every delivery.
  SlackChat(net::Client& client, SlackSettings settings, Warn warn);

  /// A person's Slack user id, the security channel's id; nullopt where none is configured.
  [[nodiscard]] std::optional<std::string> address(const core::Directory& directory,
                                                   std::string_view to) const override;
  void deliver(app::OwedMessage message, Done done) override;

  /// A reason for readyz ("slack: invalid_auth: check [slack] bot_token"); empty while nothing is wrong.
  [[nodiscard]] std::string health() const { return api_.health(); }
  [[nodiscard]] slack::Api& api() { return api_; }
  [[nodiscard]] const SlackSettings& settings() const { return settings_; }

 private:
  struct Delivery;
  using Shared = std::shared_ptr<Delivery>;

  void post(const Shared& delivery, bool with_blocks);
  void edit(const Shared& delivery, bool with_blocks);
  void find_first_copy(const Shared& delivery);
  void not_found_out(const Shared& delivery, slack::Refusal refusal);
  void search(const Shared& delivery, const std::string& channel);
  void refused_together(const Shared& delivery, slack::Refusal refusal);
  void sent(const Shared& delivery, bool with_blocks, slack::Api::Answer answer);

  SlackSettings settings_;
  slack::Api api_;
  Warn warn_;
  std::set<Id> not_posted_;  // tried, and surely not posted; the client's thread's
};

}  // namespace countersign::chat
