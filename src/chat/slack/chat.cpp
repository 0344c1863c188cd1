#include "chat/slack/chat.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "chat/slack/content.hpp"
#include "chat/slack/json.hpp"

namespace countersign::chat {

using app::Posted;
using app::Undelivered;
using nlohmann::json;
using slack::content;
using slack::Form;
using slack::mark_of;

namespace {

constexpr std::int64_t lookups = 5;
constexpr std::size_t remembered = 100'000;  // beyond it one more look each, nothing worse
constexpr std::size_t most_pages = 10;       // read for an earlier copy, of 200 messages each
constexpr std::int64_t patience = 3;         // refusals of one message, before a stub stands for it

/// An ok that bears nothing of what was asked for says nothing about the copy.
slack::Refusal not_slacks_answer() {
  return {{Undelivered::Kind::unclear, "slack: said ok without what was asked for", std::nullopt}, {}};
}

bool to_a_user(const app::OwedMessage& message) {
  return message.recipient.starts_with('U') || message.recipient.starts_with('W');
}

std::int64_t failures_of(const app::OwedMessage& message) {
  auto most = message.notification.failures;
  for (const auto& other : message.others)
    most = std::max(most, other.notification.failures);
  return most;
}

}  // namespace

struct SlackChat::Delivery {
  app::OwedMessage message;
  Done done;
  Timestamp until{};         // no call of it may last longer
  bool nowhere_yet = false;  // no earlier attempt can have left it anywhere
  bool edits = false;        // the call under way edits a standing message
  std::string channel;       // where that one is
  std::string stamp;
  std::string thread;  // the ts it is answered under; empty: on its own

  void finish(std::expected<Posted, Undelivered> outcome) { done(std::move(outcome)); }
};

SlackChat::SlackChat(net::Client& client, SlackSettings settings, const Clock& clock, Link link, Warn warn)
    : settings_(std::move(settings)),
      clock_(clock),
      api_(client, settings_),
      link_(std::move(link)),
      warn_(std::move(warn)) {}

std::optional<std::string> SlackChat::address(const core::Directory& directory, std::string_view to) const {
  if (to == core::security_channel)
    return settings_.security_channel.empty() ? std::nullopt : std::optional(settings_.security_channel);
  const auto* person = directory.person(to);
  return person == nullptr || person->slack_user.empty() ? std::nullopt : std::optional(person->slack_user);
}

void SlackChat::deliver(app::OwedMessage message, Done done) {
  const auto delivery = std::make_shared<Delivery>();
  delivery->message = std::move(message);
  delivery->done = std::move(done);
  const auto& owed = delivery->message.notification;
  delivery->until = clock_.now() + longest;
  delivery->nowhere_yet = !delivery->message.tried || not_posted_.contains(mark_of(delivery->message));
  // Of a person's channel only its D… id is known afterwards, and a person is asked once: they need no thread.
  if (delivery->message.thread_channel == delivery->message.recipient && !owed.bundle)
    delivery->thread = delivery->message.thread_message;
  delivery->channel = owed.remote_channel;
  delivery->stamp = owed.remote_message;
  if (!owed.remote_message.empty())
    edit(delivery, Form::blocks);
  else if (delivery->nowhere_yet)
    post(delivery, Form::blocks);
  else
    find_first_copy(delivery);
}

/// Its lease might end before another call does: the rest is left to the next attempt.
bool SlackChat::too_late(const Shared& delivery) {
  if (clock_.now() + settings_.timeout <= delivery->until) return false;
  delivery->finish(std::unexpected(
      Undelivered{Undelivered::Kind::retry, "slack: its answers take too long for one attempt", std::nullopt}));
  return true;
}

void SlackChat::post(const Shared& delivery, Form form) {
  if (delivery->message.notification.state == app::NotificationState::cancelled)
    return delivery->finish(
        std::unexpected(Undelivered{Undelivered::Kind::nowhere, "cancelled before it was sent", std::nullopt}));
  if (too_late(delivery)) return;
  auto arguments = content(delivery->message, form, link_(delivery->message.notification.approval));
  arguments["channel"] = delivery->message.recipient;
  arguments["unfurl_links"] = false;
  arguments["unfurl_media"] = false;
  if (!delivery->thread.empty()) {
    arguments["thread_ts"] = delivery->thread;
    // An alarm is seen by who doesn't follow the thread.
    if (delivery->message.notification.purpose == "denial") arguments["reply_broadcast"] = true;
  }
  delivery->edits = false;
  api_.call("chat.postMessage", arguments,
            [this, delivery, form](slack::Api::Answer answer) { sent(delivery, form, std::move(answer)); });
}

void SlackChat::edit(const Shared& delivery, Form form) {
  if (too_late(delivery)) return;
  auto arguments = content(delivery->message, form, link_(delivery->message.notification.approval));
  arguments["channel"] = delivery->channel;
  arguments["ts"] = delivery->stamp;
  if (form != Form::blocks) arguments["blocks"] = json::array();
  delivery->edits = true;
  api_.call("chat.update", arguments,
            [this, delivery, form](slack::Api::Answer answer) { sent(delivery, form, std::move(answer)); });
}

void SlackChat::sent(const Shared& delivery, Form form, slack::Api::Answer answer) {
  const auto& message = delivery->message;
  const auto id = mark_of(message);
  not_posted_.erase(id);
  if (message.notification.to == core::security_channel) note_channel(answer);
  if (answer) {
    Posted posted{slack::string_at(*answer, {"channel"}), slack::string_at(*answer, {"ts"})};
    if (posted.channel.empty() || posted.message.empty())
      return delivery->finish(std::unexpected(
          Undelivered{Undelivered::Kind::unclear, "slack: said ok without channel and ts", std::nullopt}));
    return delivery->finish(std::move(posted));
  }
  auto& refusal = answer.error();
  auto& undelivered = refusal.undelivered;
  if (!delivery->edits && !delivery->thread.empty() && slack::no_thread(refusal)) {
    delivery->thread.clear();
    return post(delivery, form);
  }
  if (delivery->edits && refusal.gone) return post(delivery, form);
  const bool malformed = undelivered.kind == Undelivered::Kind::our_bug;
  if ((malformed || refusal.this_one) && !delivery->edits && !message.others.empty())
    return refused_together(delivery, std::move(refusal));
  const auto again = [&](Form next) { return delivery->edits ? edit(delivery, next) : post(delivery, next); };
  if (malformed && form == Form::blocks) {
    warn_(fmt::format("{}: notification {} refused, sent as plain text instead", undelivered.why, to_text(id)));
    return again(Form::words);
  }
  // What goes to a person may still go to the channel, with the reason; after the channel comes nothing.
  const bool hopeless = malformed ? !to_a_user(message) : refusal.this_one && failures_of(message) >= patience;
  if (hopeless && form != Form::stub) {
    warn_(fmt::format("{}: notification {} is not let through, only its approval is named", undelivered.why,
                      to_text(id)));
    delivery->thread.clear();
    return again(Form::stub);
  }
  if (refusal.this_one && !hopeless) undelivered.retry_after.reset();
  if (delivery->nowhere_yet && !delivery->edits && undelivered.kind != Undelivered::Kind::unclear &&
      not_posted_.size() < remembered)
    not_posted_.insert(id);
  delivery->finish(std::unexpected(std::move(undelivered)));
}

/// The outbox sends each on its own then: their buttons are worth more than one message less.
void SlackChat::refused_together(const Shared& delivery, slack::Refusal refusal) {
  const auto& message = delivery->message;
  warn_(fmt::format("{}: {} notifications in one message refused, sent one by one instead", refusal.undelivered.why,
                    message.others.size() + 1));
  if (delivery->nowhere_yet) {
    not_posted_.insert(message.notification.id);
    for (const auto& other : message.others)
      not_posted_.insert(other.notification.id);
  }
  refusal.undelivered.kind = Undelivered::Kind::our_bug;
  delivery->finish(std::unexpected(std::move(refusal.undelivered)));
}

void SlackChat::find_first_copy(const Shared& delivery) {
  const auto& recipient = delivery->message.recipient;
  if (!to_a_user(delivery->message)) return search(delivery, recipient, {}, 1);
  api_.call("conversations.open", {{"users", recipient}}, [this, delivery](slack::Api::Answer answer) {
    if (!answer) return not_found_out(delivery, std::move(answer.error()));
    const auto channel = slack::string_at(*answer, {"channel", "id"});
    if (channel.empty()) return not_found_out(delivery, not_slacks_answer());
    search(delivery, channel, {}, 1);
  });
}

void SlackChat::not_found_out(const Shared& delivery, slack::Refusal refusal) {
  auto& undelivered = refusal.undelivered;
  const bool passing = undelivered.kind == Undelivered::Kind::wait || undelivered.kind == Undelivered::Kind::unclear ||
                       undelivered.kind == Undelivered::Kind::retry;
  // A second copy is better than none: it is posted where looking is refused, or has failed long enough.
  if (!passing || delivery->message.notification.failures > lookups) return post(delivery, Form::blocks);
  if (undelivered.kind == Undelivered::Kind::unclear) undelivered.kind = Undelivered::Kind::retry;
  if (refusal.this_one) undelivered.retry_after.reset();
  delivery->finish(std::unexpected(std::move(undelivered)));
}

void SlackChat::search(const Shared& delivery, const std::string& channel, const std::string& cursor,
                       std::size_t page) {
  if (too_late(delivery)) return;
  const auto since = std::chrono::floor<std::chrono::seconds>(delivery->message.notification.created_at);
  slack::Api::Arguments arguments{{"channel", channel},
                                  {"include_all_metadata", "true"},
                                  {"limit", "200"},
                                  {"oldest", fmt::format("{}.000000", since.time_since_epoch().count())}};
  if (!delivery->thread.empty()) arguments.emplace_back("ts", delivery->thread);
  if (!cursor.empty()) arguments.emplace_back("cursor", cursor);
  const auto* method = delivery->thread.empty() ? "conversations.history" : "conversations.replies";
  api_.query(method, arguments, [this, delivery, channel, page](slack::Api::Answer answer) {
    if (!answer && !delivery->thread.empty() && slack::no_thread(answer.error())) {
      delivery->thread.clear();  // then it was posted on its own, if at all
      return search(delivery, channel, {}, page);
    }
    if (!answer) return not_found_out(delivery, std::move(answer.error()));
    const auto id = to_text(mark_of(delivery->message));
    const auto messages = answer->find("messages");
    if (messages == answer->end() || !messages->is_array()) return not_found_out(delivery, not_slacks_answer());
    for (const auto& message : *messages)
      if (slack::string_at(message, {"metadata", "event_type"}) == slack::event_type &&
          slack::string_at(message, {"metadata", "event_payload", "notification"}) == id) {
        delivery->channel = channel;
        delivery->stamp = slack::string_at(message, {"ts"});
        return edit(delivery, Form::blocks);  // it may show an older revision
      }
    const auto next = slack::string_at(*answer, {"response_metadata", "next_cursor"});
    if (!next.empty() && page < most_pages) return search(delivery, channel, next, page + 1);
    delivery->nowhere_yet = next.empty();
    post(delivery, Form::blocks);
  });
}

void SlackChat::try_channel(Tried tried) {
  api_.query("conversations.history", {{"channel", settings_.security_channel}, {"limit", "1"}},
             [this, tried = std::move(tried)](const slack::Api::Answer& answer) mutable {
               const bool bad = !answer && answer.error().undelivered.kind == Undelivered::Kind::bad_target;
               if (answer || bad) note(unreadable_, bad ? answer.error().undelivered.why : std::string());
               tried(answer.has_value());
             });
}

/// Only what says something about the channel: it took a message, or it can't.
void SlackChat::note_channel(const slack::Api::Answer& answer) {
  if (answer) {
    note(unreadable_, {});
    note(unwritable_, {});
  } else if (answer.error().undelivered.kind == Undelivered::Kind::bad_target) {
    note(unwritable_, answer.error().undelivered.why);
  }
}

void SlackChat::note(std::string& trouble, std::string why) {
  {
    const std::lock_guard lock(mutex_);
    if (!why.empty()) why = fmt::format("the security channel {}: {}", settings_.security_channel, why);
    const bool known = !unreadable_.empty() || !unwritable_.empty();
    trouble = why;
    if (why.empty() || known) return;
  }
  warn_(why);
}

std::string SlackChat::health() const {
  if (auto reason = api_.health(); !reason.empty()) return reason;
  const std::lock_guard lock(mutex_);
  return unwritable_.empty() ? unreadable_ : unwritable_;
}

}  // namespace countersign::chat
