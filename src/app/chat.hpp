// The chat port: how a notification reaches people. Slack and the inbox are its adapters.
// deliver() is called on the scheduler's thread, `done` is called once, on that thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "app/containable.hpp"
#include "app/rows.hpp"
#include "core/directory.hpp"

namespace countersign::app {

/// A message to show: the whole of what it says now. Where notification.remote_* is set it is an edit in place. One
/// whose notification is cancelled is edited where an earlier attempt left it, and posted nowhere.
struct OwedMessage {
  Notification notification;
  core::Approval approval;
  std::vector<StoredEvent> events;  // oldest first
  std::string button;               // the opaque value its buttons bear; empty: no buttons (decided, or a notice)
  std::string recipient;            // the chat's own address: a Slack user or channel id, a person's name
  bool tried = false;               // an earlier attempt left no word of where it is: it may stand already
  // The approval's first message to the same target, where this one is not it: a chat with threads answers there.
  std::string thread_channel{}, thread_message{};
  std::string same_for{};     // how long "yes, and the same" would last, in words; empty: it is not offered
  Containable containable{};  // of an alarm in the security channel: which sessions its button ends, or why none
  // Others, each of another approval, that share the message, below it: only where the outbox was told that the chat
  // can show them (Pace).
  std::vector<OwedMessage> others{};
};

struct Posted {
  std::string channel, message;  // where it is now, for edits
};

struct Undelivered {
  enum class Kind {
    wait,        // asked to slow down: retry_after, in order
    retry,       // nothing was posted
    unclear,     // may have been posted
    stop,        // the credentials are bad: nothing will get through
    bad_target,  // this person or channel can't be reached: the security channel must know
    our_bug,     // the message was refused as malformed
    nowhere,     // it was cancelled, and no earlier attempt left it anywhere
  };
  Kind kind = Kind::retry;
  std::string why;  // for people, no secrets
  std::optional<Duration> retry_after;
};

class Chat {
 public:
  using Done = std::move_only_function<void(std::expected<Posted, Undelivered>)>;
  virtual ~Chat() = default;

  /// The address this chat knows for a person or for security_channel; nullopt: it has none.
  [[nodiscard]] virtual std::optional<std::string> address(const core::Directory& directory,
                                                           std::string_view to) const = 0;
  virtual void deliver(OwedMessage message, Done done) = 0;
};

}  // namespace countersign::app
