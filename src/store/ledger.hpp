// The Ledger port over the writer's connection. One object serves every work of the writer's thread, in turn; its
// methods live in files by subject (ledger_*.cpp).
#pragma once

#include <map>
#include <string>
#include <utility>

#include "app/store.hpp"
#include "base/clock.hpp"
#include "store/login_key.hpp"
#include "store/rows.hpp"

namespace countersign::store {

/// What a work changed that others wait for.
struct Changed {
  bool deliveries = false, timers = false;
  bool looks = false;  // a verdict is due to be looked at
  bool feed = false;   // app/feed_records.hpp has a new row
};

class SqliteLedger final : public app::Ledger {
 public:
  struct Marks {        // of this database, from its meta table
    std::string chain;  // the audit chain's id
    HashKey login_key{};
  };

  SqliteLedger(Connection& connection, const Clock& clock, IdSource ids, Marks marks)
      : connection_(connection), clock_(clock), ids_(ids), marks_(std::move(marks)) {}

  /// Before each work.
  void begin();
  /// After a work that succeeded: writes what was counted. An error undoes the work, also where the work hid one
  /// that left a write half done.
  Result<void> end();
  [[nodiscard]] Changed changed() const { return changed_; }

  Id new_id() override { return ids_.next(clock_.now()); }

  Result<std::vector<Seen>> seen(std::string_view source, std::string_view provider_id) override;
  Result<void> add(const app::StoredEvent& event) override;
  Result<void> add(const app::Sighting& sighting) override;
  Result<void> leave_unasked(Id event) override;
  Result<bool> unasked(Id event) override;
  Result<void> ask_late(const app::StoredEvent& event) override;
  Result<void> need_not_ask(Id event) override;
  Result<std::vector<app::StoredEvent>> near(const core::Event& event, Duration window, bool by_process) override;
  Result<std::vector<app::StoredEvent>> portless(const core::Event& event, Duration window) override;
  Result<app::StoredEvent> login(Id event) override;
  Result<void> complete(const app::StoredEvent& stored) override;
  Result<void> judged(const app::StoredEvent& event) override;
  Result<std::vector<std::string>> disputed(Id login) override;
  Result<void> add_disputed(Id login, std::string_view digest) override;
  Result<void> unsettle(const app::Unsettled& login) override;
  Result<void> let_go(Timestamp before, std::size_t limit) override;
  Result<void> settle(Id event) override;
  Result<void> look_again(std::string_view host, Timestamp from, Timestamp until, Timestamp due) override;
  Result<std::vector<Id>> due_looks(Timestamp now, std::size_t limit) override;
  Result<std::optional<Timestamp>> next_look() override;
  Result<bool> heard(std::string_view host, std::string_view source, std::string_view witness, Timestamp time,
                     Timestamp arrival) override;
  Result<core::Streams> streams(std::string_view host) override;
  Result<void> learnt(std::string_view host, const core::Stream& stream) override;
  Result<std::optional<Timestamp>> last_heard(std::string_view source) override;
  Result<void> root_session(std::string_view host, Timestamp time, Id event) override;
  Result<std::optional<app::ConnectionOut>> connection_out(std::string_view address, std::int64_t port, Timestamp from,
                                                           Timestamp until) override;
  Result<std::optional<Id>> session_of_process(std::string_view host, std::string_view user, std::int64_t pid,
                                               Timestamp from, Timestamp until) override;
  Result<void> traced(const app::StoredEvent& login) override;
  Result<std::optional<Id>> session_of(std::string_view host, std::string_view user, Timestamp from,
                                       Timestamp until) override;
  Result<bool> first_time(std::string_view subject, std::string_view kind, std::string_view value) override;
  Result<void> count(std::string_view name, std::int64_t by, Timestamp at) override;
  Result<std::optional<std::string>> mark(std::string_view name) override;
  Result<void> set_mark(std::string_view name, std::string_view value) override;

  Result<void> add(const core::Approval& approval) override;
  Result<core::Approval> approval(Id id) override;
  Result<std::vector<app::StoredEvent>> asked_events(Id approval, std::size_t limit) override;
  Result<std::optional<Id>> open_burst(std::string_view burst, Timestamp since) override;
  Result<std::int64_t> questions_since(const core::Approval& least, Timestamp since, std::int64_t limit) override;
  Result<void> update(const core::Approval& approval) override;
  Result<void> add(const core::Approval& approval, const core::Outcome& outcome, Id decision) override;
  Result<void> add(Id decision, const core::Note& note) override;

  Result<std::vector<core::ExpectedChange>> expected_changes(Timestamp after, bool ended) override;
  Result<std::optional<core::ExpectedChange>> expected_change(Id id) override;
  Result<void> add(const core::ExpectedChange& change) override;
  Result<void> end_expected(Id id, Timestamp at, std::string_view by) override;
  Result<void> keep(const app::SlackUser& user) override;
  Result<app::QuarantineSum> quarantined_since(Id after) override;
  Result<bool> quarantine(const app::Quarantined& message) override;
  Result<std::vector<app::Quarantined>> to_replay(const app::QuarantineFilter& filter, Id after, Id until,
                                                  std::size_t limit) override;
  Result<void> leave_quarantine(Id message) override;

  Result<void> add(const app::Notification& notification) override;
  Result<void> revise_messages(Id approval, Timestamp due, bool cancel_unsent) override;
  Result<void> amend(Id notification, std::string_view detail, Timestamp due) override;
  Result<void> add(const app::Timer& timer) override;
  Result<void> cancel_timers(Id approval) override;
  Result<std::vector<app::Timer>> take_due_timers(Timestamp now, std::size_t limit) override;
  Result<std::optional<Timestamp>> next_timer() override;

  Result<Claimed> claim_due(Timestamp now, std::string_view worker, Duration lease, std::size_t limit,
                            const app::RoomOf& room) override;
  Result<void> part(Id bundle) override;
  Result<void> release_leases(std::string_view worker) override;
  Result<void> delivered(Id notification, std::int64_t fence, std::int64_t revision, Timestamp at,
                         std::string_view remote_channel, std::string_view remote_message) override;
  Result<void> not_delivered(Id notification, std::int64_t fence, std::string_view error,
                             std::optional<Timestamp> again) override;
  Result<app::Backlog> backlog(Timestamp now) override;
  Result<bool> taken_since(Id first, Timestamp at) override;
  Result<void> add(const app::Button& button) override;
  Result<std::optional<app::Button>> button(std::string_view token_digest) override;
  Result<std::size_t> prune_buttons(Timestamp before, std::size_t most) override;

  Result<void> add(const app::Pass& pass) override;
  Result<std::optional<app::Pass>> use_pass(std::string_view digest, Timestamp now) override;
  Result<void> remove_pass(std::string_view digest) override;
  Result<void> audit(Timestamp at, std::string_view kind, std::string_view actor, std::string_view detail) override;
  Result<app::AuditHead> audit_head() override;
  Result<std::string> audit_chain() override { return marks_.chain; }
  Result<std::vector<app::TakenSighting>> taken(Id after, Id before, std::size_t limit) override;
  Result<std::optional<app::Seal>> seal(Timestamp from, Timestamp to) override;
  Result<void> add(const app::Seal& seal, const app::SealedForms& forms) override;

  Result<core::Coverage> coverage(std::string_view host, std::string_view witness, Timestamp from,
                                  Timestamp until) override;
  Result<bool> connection_started(std::string_view host, std::string_view address, std::int64_t port, Timestamp from,
                                  Timestamp until) override;
  Result<void> cover(std::string_view host, std::string_view witness, Timestamp from, Timestamp until) override;
  Result<void> lose(std::string_view host, std::string_view witness, const app::Loss& loss) override;

  Result<std::optional<app::HeardOf>> heard_of(std::string_view source, std::string_view host) override;
  Result<std::vector<app::HeardOf>> all_heard() override;
  Result<void> put(const app::HeardOf& heard) override;
  Result<void> forget(const app::HeardOf& heard) override;

  Result<std::optional<app::Agent>> joined_agent(std::string_view id) override;
  Result<std::vector<app::AgentHost>> agent_hosts() override;
  Result<std::string> server_key() override;
  Result<void> expect_agents(const std::vector<std::string>& hosts) override;
  Result<std::optional<app::Agent>> agent(std::string_view host, std::string_view id) override;
  Result<std::vector<app::Agent>> agents_of_host(std::string_view host) override;
  Result<std::vector<app::Agent>> agents_of_machine(std::string_view machine) override;
  Result<std::vector<app::Agent>> agents_of_key(std::string_view public_key) override;
  Result<void> put(const app::Agent& agent) override;
  Result<std::optional<app::AgentStream>> stream(std::string_view host, std::string_view agent,
                                                 std::string_view witness) override;
  Result<std::int64_t> put(const app::AgentStream& stream) override;
  Result<std::optional<std::string>> batch(std::int64_t stream, std::int64_t sequence) override;
  Result<void> add_batch(std::int64_t stream, std::int64_t sequence, std::string_view content) override;

  Result<std::vector<app::StoredEvent>> lines_elsewhere(const core::Event& event, Duration window) override;
  Result<void> note(const app::ToldElsewhere& told) override;
  Result<std::vector<app::HostWay>> ways_of(std::string_view host) override;
  Result<void> put_way(const app::HostWay& way) override;
  Result<std::vector<core::CanaryRun>> canary_runs() override;
  Result<std::vector<core::CanaryRun>> open_canary_runs() override;
  Result<void> put(const core::CanaryRun& run) override;
  Result<std::optional<app::StoredEvent>> canary_login(const core::CanaryRun& run) override;

  Result<std::vector<app::Containment>> containments(Id approval) override;
  Result<void> put_containment(const app::Containment& containment) override;
  Result<std::optional<app::Containment>> containment(Id id) override;
  Result<std::vector<app::Containment>> owed_to_agent(std::string_view host, std::string_view agent,
                                                      Timestamp now) override;
  Result<std::vector<app::Containment>> expired_containments(Timestamp now) override;
  Result<bool> session_ended(const core::Event& login, Timestamp until) override;

 private:
  Result<app::Claim> lease(Id notification, Timestamp until, std::string_view worker);
  Result<app::Claim> lease_whole(Id head, Timestamp now, Timestamp until, std::string_view worker,
                                 const app::RoomOf& room);
  Result<std::vector<Id>> share(Id head, Timestamp now, const app::RoomOf& room);
  Result<void> add_fields(const app::StoredEvent& event);
  Result<void> look_again_at(std::string_view host, std::string_view witness, Timestamp from, Timestamp until);
  Result<void> settle(const core::Approval& approval, const core::Outcome& outcome, Id decision, Id event);
  /// Remembers a failure that leaves a write half done, so that the work can't succeed over it.
  Result<void> kept(Result<void> result);

  Connection& connection_;
  const Clock& clock_;
  IdSource ids_;
  Marks marks_;
  // of the work under way
  Changed changed_;
  std::map<std::pair<std::string, std::int64_t>, std::int64_t> counted_;  // by name and hour
  std::optional<Error> half_done_;
};

}  // namespace countersign::store
