#include <algorithm>

#include "store/approval_rows.hpp"
#include "store/codes.hpp"
#include "store/event_rows.hpp"
#include "store/lanes.hpp"
#include "store/ledger.hpp"

namespace countersign::store {
namespace {

constexpr std::size_t events_in_claim = 50;

}  // namespace

Result<SqliteLedger::Claimed> SqliteLedger::claim_due(Timestamp now, std::string_view worker, Duration lease_for,
                                                      std::size_t limit, const app::RoomOf& room) {
  const auto targets = lanes(connection_);
  if (!targets) return std::unexpected(targets.error());
  Claimed claimed;
  const auto later = [&](Timestamp at) { claimed.next = std::min(claimed.next.value_or(at), at); };
  std::vector<Ready> ready;
  for (const auto& target : *targets) {
    const auto next = next_of(connection_, target, now, room(target).from);
    if (!next) return std::unexpected(next.error());
    if (!*next) continue;
    if ((*next)->notification)
      ready.push_back(**next);
    else
      later((*next)->at);
  }
  std::ranges::sort(ready, {}, [](const Ready& one) { return std::pair(one.at, one.notification); });
  if (ready.size() > limit) later(ready[limit].at);
  ready.resize(std::min(ready.size(), limit));

  claimed.claims.reserve(ready.size());
  for (const auto& one : ready) {
    auto claim = lease_whole(one.notification, now, now + lease_for, worker, room);
    if (!claim) {
      half_done_ = claim.error();
      return std::unexpected(claim.error());
    }
    claimed.claims.push_back(*std::move(claim));
    later(now + lease_for);  // should nobody say what came of it
  }
  return claimed;
}

/// With all that share its message, in order: those it was once leased with, or those that wait behind it in a crowd.
Result<app::Claim> SqliteLedger::lease_whole(Id head, Timestamp now, Timestamp until, std::string_view worker,
                                             const app::RoomOf& room) {
  const auto together = share(head, now, room);
  if (!together) return std::unexpected(together.error());
  std::optional<app::Claim> whole;
  for (const auto id : *together) {
    auto claim = lease(id, until, worker);
    if (!claim) return claim;
    if (whole)
      whole->others.push_back(*std::move(claim));
    else
      whole = *std::move(claim);
  }
  return *std::move(whole);
}

Result<std::vector<Id>> SqliteLedger::share(Id head, Timestamp now, const app::RoomOf& room) {
  Id bundle;
  std::string target;
  std::string remote;
  bool untried = false;
  {
    Rows rows(connection_, "SELECT bundle, target, remote_message, owed, fence FROM notification WHERE id = ?", head);
    if (!rows.next()) return rows.failed() ? rows.failure() : fail(Fault::internal, "a notification went missing");
    bundle = rows.id(0);
    target = rows.text(1);
    remote = rows.text(2);
    untried = rows.integer(3) == 1 && rows.integer(4) == 0;
    if (rows.next() || rows.failed()) return rows.failure();
  }
  if (bundle) {  // those that stand where it stands; or, where it stands nowhere yet, that wait with it
    std::vector<Id> ids;
    Rows rows(connection_,
              "SELECT id FROM notification WHERE bundle = ?1 AND remote_message = ?2 AND (?2 <> '' OR owed = 1) "
              "ORDER BY id",
              bundle, remote);
    while (rows.next())
      ids.push_back(rows.id(0));
    return rows.result(std::move(ids));
  }
  const auto space = room(target);
  if (!untried || space.together < 2) return std::vector{head};
  const auto crowd = waiting(connection_, target, now, space.messages + 1);
  if (!crowd) return std::unexpected(crowd.error());
  if (*crowd <= space.messages) return std::vector{head};
  auto ids = sharing(connection_, head, target, now, space.together);
  if (!ids) return ids;
  if (ids->size() < 2) return std::vector{head};
  for (const auto id : *ids)
    if (auto shared = write(connection_, "UPDATE notification SET bundle = ? WHERE id = ?", head, id); !shared)
      return std::unexpected(shared.error());
  return ids;
}

Result<void> SqliteLedger::part(Id bundle) {
  return write(connection_, "UPDATE notification SET bundle = NULL WHERE bundle = ? AND remote_message = ''", bundle);
}

Result<app::Claim> SqliteLedger::lease(Id notification, Timestamp until, std::string_view worker) {
  app::Claim claim;
  {
    Rows rows(connection_,
              "UPDATE notification SET lease_until = ?, worker = ?, fence = fence + 1 WHERE id = ? "
              "RETURNING " COUNTERSIGN_NOTIFICATION_COLUMNS ", fence",
              until, worker, notification);
    if (!rows.next()) return rows.failed() ? rows.failure() : fail(Fault::internal, "a notification went missing");
    claim.notification = read_notification(rows);
    claim.fence = rows.integer(17);
    while (rows.next()) {
    }  // RETURNING's statement has to run to its end
    if (rows.failed()) return rows.failure();
  }
  if (!claim.notification.approval) return claim;
  {
    Rows rows(connection_,
              "SELECT remote_channel, remote_message FROM notification "
              "WHERE approval = ? AND target = ? AND id < ? AND remote_message <> '' ORDER BY id LIMIT 1",
              claim.notification.approval, claim.notification.to, notification);
    if (rows.next()) {
      claim.thread_channel = rows.text(0);
      claim.thread_message = rows.text(1);
    }
    if (rows.failed()) return rows.failure();
  }
  auto approval = read_approval(connection_, claim.notification.approval);
  if (!approval) return std::unexpected(approval.error());
  claim.approval = *std::move(approval);
  auto events = events_of(connection_, claim.approval.id, events_in_claim);
  if (!events) return std::unexpected(events.error());
  claim.events = *std::move(events);
  return claim;
}

Result<void> SqliteLedger::release_leases(std::string_view worker) {
  const auto changed = run(connection_,
                           "UPDATE notification SET lease_until = NULL, worker = '' "
                           "WHERE lease_until IS NOT NULL AND worker = ?",
                           worker);
  if (!changed) return std::unexpected(changed.error());
  changed_.deliveries |= *changed > 0;
  return {};
}

Result<void> SqliteLedger::delivered(Id notification, std::int64_t fence, std::int64_t revision, Timestamp at,
                                     std::string_view remote_channel, std::string_view remote_message) {
  const auto changed = run(connection_,
                           "UPDATE notification SET state = 1, shown = max(shown, ?3), attempts = attempts + (shown = "
                           "0), failures = 0, error = '', "
                           "sent_at = ifnull(sent_at, ?4), edited_at = ?4, remote_channel = ?5, remote_message = ?6, "
                           "lease_until = NULL, worker = '', owed = CASE WHEN revision > ?3 THEN 2 END, "
                           "owed_since = CASE WHEN revision > ?3 THEN ?4 END, "
                           "due_at = CASE WHEN revision > ?3 THEN max(due_at, ?4 + 1000000) ELSE due_at END "
                           "WHERE id = ?1 AND fence = ?2 AND lease_until IS NOT NULL",
                           notification, fence, revision, at, remote_channel, remote_message);
  if (!changed) return std::unexpected(changed.error());
  if (*changed == 0) return fail(Fault::conflict, "the lease of notification {} is over", to_text(notification));
  changed_.deliveries = true;
  return {};
}

Result<void> SqliteLedger::not_delivered(Id notification, std::int64_t fence, std::string_view error,
                                         std::optional<Timestamp> again) {
  const auto changed =
      run(connection_,
          // One that was only shown again, for another of its bundle, is as it was.
          "UPDATE notification SET attempts = attempts + (shown = 0), failures = failures + (owed IS NOT NULL), "
          "error = CASE WHEN owed IS NULL THEN error ELSE ?3 END, lease_until = NULL, worker = '', "
          "state = CASE WHEN ?4 IS NULL AND owed IS NOT NULL AND state <> 3 THEN 2 ELSE state END, owed = CASE WHEN ?4 "
          "IS NOT NULL "
          "THEN owed END, "
          "owed_since = CASE WHEN ?4 IS NOT NULL THEN owed_since END, due_at = ifnull(?4, due_at) "
          "WHERE id = ?1 AND fence = ?2 AND lease_until IS NOT NULL",
          notification, fence, error, again);
  if (!changed) return std::unexpected(changed.error());
  if (*changed == 0) return fail(Fault::conflict, "the lease of notification {} is over", to_text(notification));
  changed_.deliveries = true;
  return {};
}

}  // namespace countersign::store
