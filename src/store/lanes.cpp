#include "store/lanes.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace countersign::store {
namespace {

/// Those that ask somebody for a decision share a message, and so do receipts; not the ones with the others. An alarm
/// or a page stands alone.
enum class Crowd { none, questions, receipts };
Crowd crowd_of(std::string_view purpose) {
  constexpr std::array<std::string_view, 4> questions{"ask", "escalation", "repeat", "reroute"};
  if (purpose == "receipt") return Crowd::receipts;
  return std::ranges::find(questions, purpose) != questions.end() ? Crowd::questions : Crowd::none;
}

/// When the lane's lease ends, if it has one that has not ended by `now`.
Result<std::optional<Timestamp>> leased_until(Connection& connection, const std::string& target, Timestamp now) {
  Rows rows(connection, "SELECT max(lease_until) FROM notification WHERE target = ? AND lease_until > ?", target, now);
  std::optional<Timestamp> until;
  if (rows.next()) until = rows.maybe_time(0);
  return rows.result(until);
}

/// The earliest time at which an owed one that is not due yet will be: of edits, or of messages before `before`.
Result<std::optional<Timestamp>> earliest(Connection& connection, const std::string& target, int owed, Id before) {
  Rows rows(connection, "SELECT min(due_at) FROM notification WHERE target = ? AND owed = ? AND id < ?", target, owed,
            before);
  std::optional<Timestamp> at;
  if (rows.next()) at = rows.maybe_time(0);
  return rows.result(at);
}

/// The head of the lane's messages, or its first edit that is due.
Result<std::optional<Ready>> head(Connection& connection, const std::string& target, int owed, Timestamp now) {
  Rows rows(connection,
            "SELECT id, due_at FROM notification WHERE target = ?1 AND owed = ?2 "
            "AND (due_at <= ?3 OR (owed = 1 AND failures > 0)) ORDER BY id LIMIT 1",
            target, owed, now);
  std::optional<Ready> found;
  if (rows.next()) found = {rows.id(0), rows.time(1)};
  return rows.result(found);
}

/// The first denial that is due: an alarm waits for nothing that waits or is refused, but for what was owed before
/// about the same approval. Or when the first one will be due.
Result<std::optional<Ready>> alarm(Connection& connection, const std::string& target, Timestamp now) {
  Rows rows(connection,
            "SELECT id, due_at FROM notification WHERE target = ?1 AND owed = 1 AND purpose = 'denial' AND NOT EXISTS "
            "(SELECT 1 FROM notification earlier WHERE earlier.approval = notification.approval AND "
            "earlier.target = ?1 AND earlier.owed = 1 AND earlier.id < notification.id) "
            "ORDER BY due_at > ?2, CASE WHEN due_at > ?2 THEN due_at ELSE id END LIMIT 1",
            target, now);
  std::optional<Ready> found;
  if (rows.next()) found = Ready{rows.time(1) <= now ? rows.id(0) : Id{}, rows.time(1)};
  return rows.result(found);
}

Result<std::optional<Ready>> next_of_kind(Connection& connection, const std::string& target, int owed, Timestamp now) {
  auto found = head(connection, target, owed, now);
  if (!found) return found;
  if (*found && (*found)->at <= now) return found;
  const auto waiting = *found;
  const auto later = earliest(connection, target, owed, waiting ? waiting->notification : Id{INT64_MAX});
  if (!later) return std::unexpected(later.error());
  if (!waiting && !*later) return std::nullopt;
  const auto at = waiting ? std::min(waiting->at, later->value_or(waiting->at)) : **later;
  return Ready{{}, at};
}

}  // namespace

Result<std::vector<std::string>> lanes(Connection& connection) {
  std::vector<std::string> targets;
  Rows rows(connection,
            "WITH RECURSIVE lane (target) AS ("
            "SELECT min(target) FROM notification WHERE owed IS NOT NULL UNION ALL "
            "SELECT (SELECT min(n.target) FROM notification n WHERE n.owed IS NOT NULL AND n.target > lane.target) "
            "FROM lane WHERE lane.target IS NOT NULL) SELECT target FROM lane WHERE target IS NOT NULL");
  while (rows.next())
    targets.push_back(rows.text(0));
  return rows.result(std::move(targets));
}

Result<std::optional<Ready>> next_of(Connection& connection, const std::string& target, Timestamp now, Timestamp from) {
  const auto leased = leased_until(connection, target, now);
  if (!leased) return std::unexpected(leased.error());
  if (*leased) return Ready{{}, **leased};
  auto message = next_of_kind(connection, target, 1, now);
  if (!message) return message;
  const auto first = alarm(connection, target, now);
  if (!first) return first;
  if (*first && ((*first)->notification || !*message || (!(*message)->notification && (*first)->at < (*message)->at)))
    *message = *first;
  if (*message && from > now) *message = Ready{{}, std::max((*message)->at, from)};
  const auto edit = next_of_kind(connection, target, 2, now);
  if (!edit) return edit;
  auto next = *message;
  if (*edit && (!next || (*edit)->at < next->at)) next = *edit;
  return next;
}

Result<std::size_t> waiting(Connection& connection, const std::string& target, Timestamp now, std::size_t limit) {
  Rows rows(connection,
            "SELECT count(*) FROM (SELECT 1 FROM notification WHERE target = ? AND owed = 1 AND due_at <= ? LIMIT ?)",
            target, now, static_cast<std::int64_t>(limit));
  std::size_t count = 0;
  if (rows.next()) count = static_cast<std::size_t>(rows.integer(0));
  return rows.result(count);
}

Result<std::vector<Id>> sharing(Connection& connection, Id head, const std::string& target, Timestamp now,
                                std::size_t limit) {
  std::vector<Id> ids;
  std::set<Id> approvals;
  auto kind = Crowd::none;
  Rows rows(connection,
            "SELECT id, approval, purpose, fence, bundle, EXISTS (SELECT 1 FROM notification root "
            "WHERE root.approval = n.approval AND root.target = n.target AND root.id < n.id AND "
            "root.remote_message <> '') FROM notification n "
            "WHERE target = ? AND owed = 1 AND due_at <= ? AND id >= ? ORDER BY id LIMIT ?",
            target, now, head, static_cast<std::int64_t>(limit));
  while (rows.next()) {
    const auto crowd = crowd_of(rows.text(2));
    if (ids.empty()) kind = crowd;
    if (crowd == Crowd::none || crowd != kind || rows.null(1) || rows.integer(3) > 0 || !rows.null(4) ||
        (crowd == Crowd::questions && rows.flag(5)) || !approvals.insert(rows.id(1)).second)
      break;
    ids.push_back(rows.id(0));
  }
  return rows.result(std::move(ids));
}

}  // namespace countersign::store
