// What the store keeps, in the domain's words: passive data that crosses the Store port.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "core/approval.hpp"
#include "core/event.hpp"
#include "core/schedule.hpp"
#include "core/writer.hpp"

namespace countersign::app {

/// One witness's account of an event.
struct Sighting {
  Id event;
  std::string witness = "log";  // class: log, kernel, pam, api
  std::string source;           // the webhook's, tail's or agent's name
  std::string provider_id;      // the provider's id, or "sha256:…" of the content where it gave none
  std::string digest;           // 16 bytes of SHA-256 over the content: same id and other content is a finding
  Timestamp time{};             // its own time of the event
  Timestamp received_at{};
  std::string raw;                       // the line; kept apart, with its own retention; may be empty when purged
  bool arrival_stamped = false;          // `time` is when it arrived: its source tells no other
  std::optional<core::Event> account{};  // what it said itself; none: what its event says
  bool live = true;                      // false: brought later, so its arrival tells nothing of its source's delay
};

struct StoredEvent {
  Id id;
  core::Event event;
  Id approval;  // none: nothing is asked about it
  core::ApprovalState state = core::ApprovalState::pending;
  std::string verdict = "unenrolled";
  bool independent = false;         // matched, by witnesses of different credentials
  std::string reasons{};            // the verdict's, in words
  Id finding{};                     // the approval that the verdict led to
  std::string news;                 // what is new about it, in words; empty: nothing
  std::vector<Sighting> sightings;  // filled where one approval or event is read, not in lists
};

enum class NotificationState { pending, sent, failed, cancelled };
std::string_view to_text(NotificationState state);

/// A message owed: written in the transaction of what it is about, delivered later, at least once.
/// The message at `remote` shows `shown` of the `revision`s; while shown < revision an edit is owed.
struct Notification {
  Id id;
  Id approval;          // none: it is about the service itself
  std::string purpose;  // ask, escalation, repeat, reroute, denial, notice, receipt, page, digest, quarantine, outage,
                        // outage_over, daily, head, canary
  std::string to;       // a person's name, security_channel, or "pager:NAME"
  std::string detail;   // what it says, where it is about no approval
  NotificationState state = NotificationState::pending;
  std::int64_t revision = 1;  // rises with every change the reader should see
  std::int64_t shown = 0;     // the newest revision delivered
  std::int64_t attempts = 0;  // to deliver it for the first time; edits are not counted
  std::int64_t failures = 0;  // since the last success
  Timestamp due_at{};         // not before
  Timestamp created_at{};
  std::optional<Timestamp> sent_at;
  std::string error;                           // the last failure, for people
  std::string remote_channel, remote_message;  // where the chat put it; empty: nowhere yet
  Id bundle;                                   // the first of those that share its message; none: it has its own
};

/// A notification leased to a worker, with what it must show.
struct Claim {
  Notification notification;
  std::int64_t fence = 0;                      // the lease's number: an outcome under an older one is refused
  core::Approval approval;                     // without an id where the notification is about none
  std::vector<StoredEvent> events;             // the approval's, oldest first, at most 50
  std::string thread_channel, thread_message;  // where the approval's first message to this target stands, if elsewhere
  std::vector<Claim> others;                   // leased with it, to be shown below it in the same message
};

/// What the chat that asks people (not the pagers) has not taken.
struct Backlog {
  std::int64_t waiting = 0;        // due and not delivered
  Id first;                        // the one owed longest
  std::optional<Timestamp> since;  // when that one was due
  std::string error;               // the last failure of the oldest that was tried; empty: none was
};

struct Timer {
  Id id;
  Id approval;
  core::Due due;
};

/// What a button (or the inbox's form) stands for: a revision of a message.
struct Button {
  std::string token_digest;  // SHA-256 of the opaque value, 32 bytes: the value itself is not kept
  Id notification;
  Id approval;
  std::vector<Id> events;  // the ones the revision showed
  std::string to;          // the notification's target
};

struct Quarantined {
  Id id;
  std::string source, host, program, message, why;  // message cut to 64 KiB; why: "no rule", "unreadable: …"
  Timestamp time{}, received_at{};
  // what reading it again takes
  enum class Replay { no, own_host, any_host };  // any_host: its source may speak for every host
  std::optional<std::int64_t> pid{};
  std::string provider_id{}, digest{};  // as its sighting's would have been
  std::string witness = "log";
  Replay replay = Replay::no;
  std::optional<core::Writer> writer{};  // who wrote it, as the journal noted it
  bool arrival_stamped = false;          // `time` is when it arrived: its source told no other
  Id shape{};                            // set by the store; none: it has none
};

struct AuditEntry {
  Id id;
  Timestamp at{};
  std::string kind;  // decision, finding, configuration, …
  std::string actor;
  std::string detail;  // JSON object, canonical (sorted keys)
  std::string hash;    // 32 bytes: SHA-256(previous hash, chain, id, at, kind, actor, detail)
};

/// A one-time link or a session of the inbox.
struct Pass {
  std::string digest;  // SHA-256 of the secret, 32 bytes
  std::string kind;    // "link" (used once), "session"
  std::string person;  // empty for the security team's own
  bool security = false;
  Timestamp expires{};
};

}  // namespace countersign::app
