// Slack as a chat: posts what is owed, edits what stands, by chat.postMessage and chat.update.
// Where an earlier attempt may have posted (no answer came, or the server ended meanwhile) it first looks for that copy
// by the metadata it bears. What Slack won't take as it is goes out as words, and at last as a stub that names the
// approval. deliver() and `done` on the client's thread; health() and address() from any.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "app/chat.hpp"
#include "app/pace.hpp"
#include "base/clock.hpp"
#include "chat/slack/api.hpp"
#include "chat/slack/bundle.hpp"
#include "chat/slack/content.hpp"
#include "chat/slack/settings.hpp"

namespace countersign::chat {

class SlackChat final : public app::Chat {
 public:
  /// Slack takes about one message a second in a channel, and short bursts (docs.slack.dev/apis/web-api/rate-limits).
  static constexpr app::PaceSettings pace{std::chrono::seconds(1), 4, slack::most_together};

  /// No delivery lasts longer, however many calls it takes: shorter than its lease (OutboxSettings).
  static constexpr Duration longest = std::chrono::seconds(45);

  /// Told what an operator should know and nobody else will see: a message Slack refused, a channel that is none.
  using Warn = std::function<void(std::string_view)>;
  /// Where an approval can be seen and decided outside Slack; empty: nowhere.
  using Link = std::function<std::string(Id)>;
  using Tried = std::move_only_function<void(bool good)>;

  /// `client` and `clock` must outlive the chat and every delivery.
  SlackChat(net::Client& client, SlackSettings settings, const Clock& clock, Link link, Warn warn);

  /// A person's Slack user id, the security channel's id; nullopt where none is configured.
  [[nodiscard]] std::optional<std::string> address(const core::Directory& directory,
                                                   std::string_view to) const override;
  void deliver(app::OwedMessage message, Done done) override;

  /// Looks into the security channel, so that a wrong one is known before it has to take a message. What Slack says
  /// stands in health(), and once in the log. From any thread; `tried` runs once, on the client's.
  void try_channel(Tried tried);
  /// A reason for readyz ("slack: invalid_auth: check [slack] bot_token"); empty while nothing is wrong.
  [[nodiscard]] std::string health() const;
  [[nodiscard]] slack::Api& api() { return api_; }
  [[nodiscard]] const SlackSettings& settings() const { return settings_; }

 private:
  struct Delivery;
  using Shared = std::shared_ptr<Delivery>;

  bool too_late(const Shared& delivery);
  void post(const Shared& delivery, slack::Form form);
  void edit(const Shared& delivery, slack::Form form);
  void find_first_copy(const Shared& delivery);
  void not_found_out(const Shared& delivery, slack::Refusal refusal);
  void search(const Shared& delivery, const std::string& channel, const std::string& cursor, std::size_t page);
  void refused_together(const Shared& delivery, slack::Refusal refusal);
  void sent(const Shared& delivery, slack::Form form, slack::Api::Answer answer);
  void note_channel(const slack::Api::Answer& answer);
  void note(std::string& trouble, std::string why);

  SlackSettings settings_;
  const Clock& clock_;
  slack::Api api_;
  Link link_;
  Warn warn_;
  std::set<Id> not_posted_;  // tried, and surely not posted; the client's thread's
  mutable std::mutex mutex_;
  std::string unreadable_, unwritable_;  // why the security channel can't be looked into, or posted to; with mutex_
};

}  // namespace countersign::chat
