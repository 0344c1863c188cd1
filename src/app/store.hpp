// The store port: everything durable, in the domain's words, no SQL. One writer commits whatever has queued up in one
// transaction; readers see a consistent snapshot. A second adapter (PostgreSQL, several servers) implements these.
// Store is safe for concurrent access. Ledger and View live only inside the call they are handed to.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/agent_records.hpp"
#include "app/alias_records.hpp"
#include "app/arrival_records.hpp"
#include "app/audit_records.hpp"
#include "app/canary_records.hpp"
#include "app/connection_records.hpp"
#include "app/containment_records.hpp"
#include "app/coverage_records.hpp"
#include "app/expected_records.hpp"
#include "app/feed_records.hpp"
#include "app/pace.hpp"
#include "app/quarantine_records.hpp"
#include "app/reconcile_records.hpp"
#include "app/replay_records.hpp"
#include "app/report_records.hpp"
#include "app/rows.hpp"
#include "app/slack_users.hpp"
#include "app/way_records.hpp"
#include "base/result.hpp"
#include "core/query.hpp"

namespace countersign::app {

struct EventFilter {
  core::Query query;
  std::string source;                 // a sighting's source; empty: any
  std::optional<Timestamp> from, to;  // @timestamp; from inclusive, to exclusive
  std::size_t limit = 100;
  std::string cursor;  // opaque, from the page before
};

struct ApprovalFilter {
  std::optional<core::ApprovalState> state;
  std::string kind;          // "finding", …; empty: any
  std::string person;        // asked of this person; empty: any
  std::string addressed_to;  // empty: any
  std::string source;
  std::optional<Timestamp> from, to;  // created_at
  bool oldest_first = false;          // one page only: no cursor leads on
  std::size_t limit = 100;
  std::string cursor;
};

struct FullApproval {
  core::Approval approval;
  std::vector<StoredEvent> events;  // with sightings, in order of arrival; the first 1,000 (approval.events has all)
  std::vector<Notification> notifications;
};

template <typename Row>
struct Page {
  std::vector<Row> rows;
  std::string next_cursor;  // empty: the last page
};

struct ListedEvent {
  StoredEvent stored;
  std::optional<core::ApprovalState> approval_state;
};

/// What health and metrics tell; counted by the store.
struct Standing {
  std::optional<Timestamp> oldest_owed;  // the oldest notification due and not delivered
  std::string oldest_error;              // what the last attempt at the oldest that fails said; empty: none fails
  std::int64_t owed = 0, failed = 0, pending_approvals = 0, quarantined = 0;
  std::vector<std::pair<std::string, std::int64_t>> counters;  // name{labels} and value, since the first start
  struct Unpublished {
    std::string by, error;  // whom it was to go to, and what the last attempt said
    std::int64_t heads = 0;
  };
  std::vector<Unpublished> unpublished;  // heads of the audit chain that were tried and are not out
};

/// Reads. Strings that come back are as they were stored: escaping is the output's work.
class View : public ReportRecords,
             public ReconcileFigures,
             public AliasRecords,
             public WayRecords,
             public ExpectedRecords,
             public SlackUserView,
             public FeedRecords,
             public CanaryRecords,
             public QuarantineView,
             public CoverageRecords,
             public ConnectionRecords,
             public AgentRecords,
             public SealRecords {
 public:
  virtual Result<Page<ListedEvent>> events(const EventFilter& filter) = 0;
  virtual Result<StoredEvent> event(Id id) = 0;  // with sightings
  virtual Result<Page<FullApproval>> approvals(const ApprovalFilter& filter) = 0;
  virtual Result<FullApproval> approval(Id id) = 0;
  /// How many wait for this person's word.
  virtual Result<std::int64_t> pending_of(std::string_view person) = 0;
  virtual Result<Standing> standing(Timestamp now) = 0;
  virtual Result<std::vector<AuditEntry>> audit(Id after, std::size_t limit) = 0;  // oldest first
  virtual Result<std::optional<Pass>> pass(std::string_view digest) = 0;
  /// What the service itself told the security channel, newest first.
  virtual Result<std::vector<Notification>> told(std::size_t limit) = 0;
};

/// Reads and writes inside the writer's transaction. Any error it returns undoes the whole piece of work.
class Ledger : public ExpectedLedger,
               public ReconcileRecords,
               public AliasLedger,
               public WayLedger,
               public SlackUserLedger,
               public QuarantineLedger,
               public ReplayLedger,
               public CoverageRecords,
               public ConnectionRecords,
               public AgentLedger,
               public CanaryLedger,
               public ArrivalRecords,
               public ContainmentLedger,
               public SealLedger {
 public:
  using AgentLedger::put;
  using ArrivalRecords::put;
  using CanaryLedger::put;
  using ExpectedLedger::add;
  using SealLedger::add;

  virtual Id new_id() = 0;

  // sightings and events
  struct Seen {
    Id event;
    std::string digest;
  };
  /// Earlier sightings from this source under this provider id.
  virtual Result<std::vector<Seen>> seen(std::string_view source, std::string_view provider_id) = 0;
  virtual Result<void> add(const StoredEvent& event) = 0;  // its sightings are added apart
  virtual Result<void> add(const Sighting& sighting) = 0;
  /// Remembers that the source which brought the event asks nobody.
  virtual Result<void> leave_unasked(Id event) = 0;
  virtual Result<bool> unasked(Id event) = 0;
  /// It is asked about after all: writes the event whole, as the source that asks tells it; its sightings keep what
  /// they said themselves.
  virtual Result<void> ask_late(const StoredEvent& event) = 0;
  /// A source that asks told of it, and there is nothing to ask.
  virtual Result<void> need_not_ask(Id event) = 0;
  /// True the first time this (subject, kind, value) is asked: what is new about a login.
  virtual Result<bool> first_time(std::string_view subject, std::string_view kind, std::string_view value) = 0;
  /// Adds to the counter of that name for the hour of `at` and for all time.
  virtual Result<void> count(std::string_view name, std::int64_t by, Timestamp at) = 0;

  virtual Result<void> set_mark(std::string_view name, std::string_view value) = 0;

  // approvals
  virtual Result<void> add(const core::Approval& approval) = 0;  // without events and decisions
  virtual Result<core::Approval> approval(Id id) = 0;            // whole
  /// Its first events, in order of arrival.
  virtual Result<std::vector<StoredEvent>> asked_events(Id approval, std::size_t limit) = 0;
  /// The undecided approval collecting this burst, made at or after `since`, if any.
  virtual Result<std::optional<Id>> open_burst(std::string_view burst, Timestamp since) = 0;
  /// How many questions about logins the person of `least` was asked from `since` on that demand as much as it does, in
  /// severity, people and a reason; at most `limit`.
  virtual Result<std::int64_t> questions_since(const core::Approval& least, Timestamp since, std::int64_t limit) = 0;
  /// Persists the approval's own fields (state, person, addressed_to, reason, escalated, burst, …), not its lists.
  virtual Result<void> update(const core::Approval& approval) = 0;
  /// Appends the decision and settles its events; Fault::conflict where one of them is settled already.
  virtual Result<void> add(const core::Approval& approval, const core::Outcome& outcome, Id decision) = 0;

  virtual Result<void> add(Id decision, const core::Note& note) = 0;

  // what is owed
  virtual Result<void> add(const Notification& notification) = 0;
  /// A change every message of the approval must show: raises the revision of those sent, being sent and not yet sent;
  /// an edit is due at `due` or one second after the last one, whichever is later. With `cancel_unsent`, those that
  /// don't stand are cancelled instead; one that is being delivered is edited afterwards, and one that a failed
  /// delivery to a chat may have left there is cancelled and owes its edit, for then it must not keep its buttons.
  virtual Result<void> revise_messages(Id approval, Timestamp due, bool cancel_unsent) = 0;
  /// A message about no approval says something else now: it is edited in place, or goes out with that.
  virtual Result<void> amend(Id notification, std::string_view detail, Timestamp due) = 0;
  virtual Result<void> add(const Timer& timer) = 0;
  virtual Result<void> cancel_timers(Id approval) = 0;
  /// Takes up to `limit` timers due by `now`, oldest first: they are gone from the store with this transaction.
  virtual Result<std::vector<Timer>> take_due_timers(Timestamp now, std::size_t limit) = 0;
  virtual Result<std::optional<Timestamp>> next_timer() = 0;

  // delivery
  /// Leases up to `limit` notifications due by `now` for `lease`, oldest first, one at a time for each target and in
  /// order: while the head of a target is leased or waits for its retry, the ones behind it wait too. A target gets no
  /// new message while it has no room for one; where more wait than it has room for, those that ask for a decision, or
  /// receipts, that were never tried come together, as `others` of the first, and stay together.
  struct Claimed {
    std::vector<Claim> claims;
    std::optional<Timestamp> next;  // when there is more to claim, should nothing change; none: nothing is owed
  };
  virtual Result<Claimed> claim_due(Timestamp now, std::string_view worker, Duration lease, std::size_t limit,
                                    const RoomOf& room) = 0;
  /// Those that share a message and were never delivered go out each on its own from now on.
  virtual Result<void> part(Id bundle) = 0;
  /// Ends every lease that `worker` holds, for a worker that starts again and so delivers nothing any more.
  virtual Result<void> release_leases(std::string_view worker) = 0;
  /// Fault::conflict where the lease has passed to another.
  virtual Result<void> delivered(Id notification, std::int64_t fence, std::int64_t revision, Timestamp at,
                                 std::string_view remote_channel, std::string_view remote_message) = 0;
  /// Not delivered: due again at `again`, or failed for good where there is none; a cancelled one is then only that.
  virtual Result<void> not_delivered(Id notification, std::int64_t fence, std::string_view error,
                                     std::optional<Timestamp> again) = 0;
  virtual Result<Backlog> backlog(Timestamp now) = 0;
  /// Whether the chat that asks people took a message, `first` or a newer one, at or after `at`.
  virtual Result<bool> taken_since(Id first, Timestamp at) = 0;
  virtual Result<void> add(const Button& button) = 0;
  virtual Result<std::optional<Button>> button(std::string_view token_digest) = 0;
  /// Deletes at most `most` buttons of approvals that are not pending and about which nothing was said since `before`;
  /// gives how many.
  virtual Result<std::size_t> prune_buttons(Timestamp before, std::size_t most) = 0;

  // passes and the audit chain
  virtual Result<void> add(const Pass& pass) = 0;
  /// The pass, removed if it is a link; nullopt where there is none or it has expired.
  virtual Result<std::optional<Pass>> use_pass(std::string_view digest, Timestamp now) = 0;
  virtual Result<void> remove_pass(std::string_view digest) = 0;
  virtual Result<void> audit(Timestamp at, std::string_view kind, std::string_view actor, std::string_view detail) = 0;
};

class Store {
 public:
  using Work = std::move_only_function<Result<void>(Ledger&)>;
  using Done = std::move_only_function<void(Result<void>)>;
  using Read = std::move_only_function<void(View&)>;

  virtual ~Store() = default;

  /// A work that is owed to a commit: see the adapter's options.
  struct FollowUp {
    Work work;
    Done done;
  };

  /// Queues `work`; `done` is called once, on a thread of the store, when its writes are durable or undone.
  /// Fault::overloaded where the queue is full, Fault::unavailable where the disk fails.
  virtual void write(Work work, Done done) = 0;
  /// The same for a work that may be run more than once: what it captured it changes only by overwriting. It costs
  /// less, as such works are undone together and those that did not fail are run again.
  virtual void write_repeatable(Work work, Done done) = 0;

  /// Queues `read` for a reader's thread. False where the queue is full: it will not run.
  [[nodiscard]] virtual bool read(Read read) = 0;

  /// Whether the last commit worked (readyz).
  [[nodiscard]] virtual bool healthy() const = 0;
};

}  // namespace countersign::app
