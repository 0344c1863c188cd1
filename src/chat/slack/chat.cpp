#include "chat/slack/chat.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "chat/slack/blocks.hpp"
#include "chat/slack/json.hpp"

namespace countersign::chat {

using app::Posted;
using app::Undelivered;
using nlohmann::json;

namespace {

constexpr const char* event_type = "countersign_notification";
constexpr std::int64_t lookups = 5;
constexpr std::size_t remembered = 100'000;  // beyond it one more look each, nothing worse

/// What a message is found again by: those that share it bear the first one's id, whoever of them is left.
Id mark_of(const app::OwedMessage& message) {
  return message.notification.bundle ? message.notification.bundle : message.notification.id;
}

/// An ok that bears nothing of what was asked for says nothing about the copy.
slack::Refusal not_slacks_answer() {
  return {{Undelivered::Kind::unclear, "slack: said ok without what was asked for", std::nullopt}, {}, false};
}

bool any_button(const app::OwedMessage& message) {
  return !message.button.empty() || std::ranges::any_of(message.others, any_button);
}

json content(const app::OwedMessage& message, bool with_blocks) {
  const bool bundle = !message.others.empty();
  json out{{"text", bundle ? slack::bundle_summary(message) : slack::summary(message)},
           {"metadata",
            {{"event_type", event_type},
             {"event_payload",
              {{"notification", to_text(mark_of(message))}, {"revision", message.notification.revision}}}}}};
  if (with_blocks) {
    out["blocks"] = bundle ? slack::bundle_blocks(message) : slack::blocks(message);
  } else {
    if (any_button(message))
      out["text"] = out["text"].get<std::string>() + " (The buttons can't be shown here: ask the security team.)";
  }
  return out;
}

}  // namespace

struct SlackChat::Delivery {
  app::OwedMessage message;
  Done done;
  bool edits = false;   // the call under way edits a standing message
  std::string channel;  // where that one is
  std::string stamp;
  std::string thread;  // the ts it is answered under; empty: on its own

  void finish(std::expected<Posted, Undelivered> outcome) { done(std::move(outcome)); }
};

SlackChat::SlackChat(net::Client& client, SlackSettings settings, Warn warn)
    : settings_(std::move(settings)), api_(client, settings_), warn_(std::move(warn)) {}

std::optional<std::string> SlackChat::address(const core::Directory& directory, std::string_view to) const {
  if (to == core::security_channel)
    return settings_.security_channel.empty() ? std::nullopt : std::optional(settings_.security_channel);
  const auto* person = directory.person(to);
  return person == nullptr || person->slack_user.empty() ? std::nullopt : std::optional(person->slack_user);
}

void SlackChat::deliver(app::OwedMessage message, Done done) {
  const auto delivery = std::make_shared<Delivery>(Delivery{std::move(message), std::move(done), false, {}, {}, {}});
  const auto& owed = delivery->message.notification;
  // Of a person's channel only its D… id is known afterwards, and a person is asked once: they need no thread.
  if (delivery->message.thread_channel == delivery->message.recipient && !delivery->message.notification.bundle)
    delivery->thread = delivery->message.thread_message;
  delivery->channel = owed.remote_channel;
  delivery->stamp = owed.remote_message;
  if (!owed.remote_message.empty())
    edit(delivery, true);
  else if (delivery->message.tried && !not_posted_.contains(mark_of(delivery->message)))
    find_first_copy(delivery);
  else
    post(delivery, true);
}

void SlackChat::post(const Shared& delivery, bool with_blocks) {
  if (delivery->message.notification.state == app::NotificationState::cancelled)
    return delivery->finish(
        std::unexpected(Undelivered{Undelivered::Kind::nowhere, "cancelled before it was sent", std::nullopt}));
  auto arguments = content(delivery->message, with_blocks);
  arguments["channel"] = delivery->message.recipient;
  arguments["unfurl_links"] = false;
  arguments["unfurl_media"] = false;
  if (!delivery->thread.empty()) {
    arguments["thread_ts"] = delivery->thread;
    // An alarm is seen by who doesn't follow the thread.
    if (delivery->message.notification.purpose == "denial") arguments["reply_broadcast"] = true;
  }
  delivery->edits = false;
  api_.call("chat.postMessage", arguments, [this, delivery, with_blocks](slack::Api::Answer answer) {
    sent(delivery, with_blocks, std::move(answer));
  });
}

void SlackChat::edit(const Shared& delivery, bool with_blocks) {
  auto arguments = content(delivery->message, with_blocks);
  arguments["channel"] = delivery->channel;
  arguments["ts"] = delivery->stamp;
  if (!with_blocks) arguments["blocks"] = json::array();
  delivery->edits = true;
  api_.call("chat.update", arguments, [this, delivery, with_blocks](slack::Api::Answer answer) {
    sent(delivery, with_blocks, std::move(answer));
  });
}

void SlackChat::sent(const Shared& delivery, bool with_blocks, slack::Api::Answer answer) {
  const auto id = mark_of(delivery->message);
  not_posted_.erase(id);
  if (answer) {
    Posted posted{slack::string_at(*answer, {"channel"}), slack::string_at(*answer, {"ts"})};
    if (posted.channel.empty() || posted.message.empty())
      return delivery->finish(std::unexpected(
          Undelivered{Undelivered::Kind::unclear, "slack: said ok without channel and ts", std::nullopt}));
    return delivery->finish(std::move(posted));
  }
  auto& refusal = answer.error();
  if (!delivery->edits && !delivery->thread.empty() && slack::no_thread(refusal)) {
    delivery->thread.clear();
    return post(delivery, with_blocks);
  }
  if (delivery->edits && refusal.gone) return post(delivery, with_blocks);
  const bool malformed = refusal.undelivered.kind == Undelivered::Kind::our_bug;
  if (malformed && !delivery->edits && !delivery->message.others.empty())
    return refused_together(delivery, std::move(refusal));
  if (malformed && with_blocks) {
    warn_(fmt::format("{}: notification {} refused, sent as plain text instead", refusal.undelivered.why, to_text(id)));
    return delivery->edits ? edit(delivery, false) : post(delivery, false);
  }
  if (refusal.undelivered.kind != Undelivered::Kind::unclear && not_posted_.size() < remembered) not_posted_.insert(id);
  delivery->finish(std::unexpected(std::move(refusal.undelivered)));
}

/// The outbox sends each on its own then: their buttons are worth more than one message less.
void SlackChat::refused_together(const Shared& delivery, slack::Refusal refusal) {
  const auto& message = delivery->message;
  warn_(fmt::format("{}: {} notifications in one message refused, sent one by one instead", refusal.undelivered.why,
                    message.others.size() + 1));
  not_posted_.insert(message.notification.id);
  for (const auto& other : message.others)
    not_posted_.insert(other.notification.id);
  delivery->finish(std::unexpected(std::move(refusal.undelivered)));
}

void SlackChat::find_first_copy(const Shared& delivery) {
  const auto& recipient = delivery->message.recipient;
  if (!recipient.starts_with('U') && !recipient.starts_with('W')) return search(delivery, recipient);
  api_.call("conversations.open", {{"users", recipient}}, [this, delivery](slack::Api::Answer answer) {
    if (!answer) return not_found_out(delivery, std::move(answer.error()));
    const auto channel = slack::string_at(*answer, {"channel", "id"});
    if (channel.empty()) return not_found_out(delivery, not_slacks_answer());
    search(delivery, channel);
  });
}

void SlackChat::not_found_out(const Shared& delivery, slack::Refusal refusal) {
  auto& undelivered = refusal.undelivered;
  const bool passing = undelivered.kind == Undelivered::Kind::wait || undelivered.kind == Undelivered::Kind::unclear;
  // A second copy is better than none: it is posted where looking is refused, or has failed long enough.
  if (!passing || delivery->message.notification.failures > lookups) return post(delivery, true);
  if (undelivered.kind == Undelivered::Kind::unclear) undelivered.kind = Undelivered::Kind::retry;
  delivery->finish(std::unexpected(std::move(undelivered)));
}

void SlackChat::search(const Shared& delivery, const std::string& channel) {
  const auto since = std::chrono::floor<std::chrono::seconds>(delivery->message.notification.created_at);
  slack::Api::Arguments arguments{{"channel", channel},
                                  {"include_all_metadata", "true"},
                                  {"limit", "100"},
                                  {"oldest", fmt::format("{}.000000", since.time_since_epoch().count())}};
  if (!delivery->thread.empty()) arguments.emplace_back("ts", delivery->thread);
  const auto* method = delivery->thread.empty() ? "conversations.history" : "conversations.replies";
  api_.query(method, arguments, [this, delivery, channel](slack::Api::Answer answer) {
    if (!answer && !delivery->thread.empty() && slack::no_thread(answer.error())) {
      delivery->thread.clear();  // then it was posted on its own, if at all
      return search(delivery, channel);
    }
    if (!answer) return not_found_out(delivery, std::move(answer.error()));
    const auto id = to_text(mark_of(delivery->message));
    const auto messages = answer->find("messages");
    if (messages == answer->end() || !messages->is_array()) return not_found_out(delivery, not_slacks_answer());
    for (const auto& message : *messages)
      if (slack::string_at(message, {"metadata", "event_type"}) == event_type &&
          slack::string_at(message, {"metadata", "event_payload", "notification"}) == id) {
        delivery->channel = channel;
        delivery->stamp = slack::string_at(message, {"ts"});
        return edit(delivery, true);  // it may show an older revision
      }
    post(delivery, true);
  });
}

}  // namespace countersign::chat
