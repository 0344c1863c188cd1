#include "store/codes.hpp"
#include "store/ledger.hpp"

namespace countersign::store {
namespace {

constexpr Duration between_edits = std::chrono::seconds(1);

std::string pack(const std::vector<Id>& ids) {
  std::string bytes;
  bytes.reserve(ids.size() * 8);
  for (const auto id : ids)
    for (int shift = 56; shift >= 0; shift -= 8)
      bytes += static_cast<char>(static_cast<std::uint64_t>(id.value) >> shift & 0xFFU);
  return bytes;
}

std::vector<Id> unpack(std::string_view bytes) {
  std::vector<Id> ids;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i)
      value = value << 8 | static_cast<unsigned char>(bytes[i]);
    ids.push_back(Id{static_cast<std::int64_t>(value)});
  }
  return ids;
}

}  // namespace

Result<void> SqliteLedger::add(const app::Notification& notification) {
  std::optional<int> owed;
  if (notification.state == app::NotificationState::pending) owed = 1;
  if (notification.state == app::NotificationState::sent && notification.shown < notification.revision) owed = 2;
  const auto since = owed ? std::optional(notification.due_at) : std::nullopt;
  const auto approval = notification.approval ? std::optional(notification.approval) : std::nullopt;
  changed_.deliveries |= owed.has_value();
  return write(
      connection_,
      "INSERT INTO notification (id, approval, purpose, target, detail, state, revision, shown, attempts, failures, "
      "due_at, "
      "created_at, sent_at, edited_at, error, remote_channel, remote_message, owed, owed_since, worker, fence) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', 0)",
      notification.id, approval, notification.purpose, notification.to, notification.detail, code(notification.state),
      notification.revision, notification.shown, notification.attempts, notification.failures, notification.due_at,
      notification.created_at, notification.sent_at, notification.sent_at, notification.error,
      notification.remote_channel, notification.remote_message, owed, since);
}

Result<void> SqliteLedger::revise_messages(Id approval, Timestamp due, bool cancel_unsent) {
  changed_.deliveries = true;
  // Delivered ones, also those whose last edit failed for good: an edit is owed. One that waits already keeps its
  // time, or a stream of changes would put it off for ever; one that waits for a retry keeps to that.
  if (auto edited = write(connection_,
                          "UPDATE notification SET revision = revision + 1, state = 1, "
                          "due_at = CASE WHEN owed = 2 THEN due_at ELSE max(?2, ifnull(edited_at + ?3, ?2)) END, "
                          "owed_since = ifnull(owed_since, ?2), owed = 2 "
                          "WHERE approval = ?1 AND shown > 0 AND state IN (1, 2)",
                          approval, due, between_edits.count());
      !edited)
    return edited;
  if (cancel_unsent)
    if (auto cancelled =
            write(connection_,
                  // What shares a message loses its part of it when the others are tried again.
                  "UPDATE notification SET state = 3, "
                  "owed = CASE WHEN fence > 0 AND bundle IS NULL AND target " COUNTERSIGN_NO_PAGER " THEN 2 END, "
                  "owed_since = CASE WHEN fence > 0 AND bundle IS NULL AND target " COUNTERSIGN_NO_PAGER
                  " THEN owed_since END "
                  "WHERE approval = ? AND state = 0 AND lease_until IS NULL",
                  approval);
        !cancelled)
      return kept(cancelled);
  return kept(
      write(connection_, "UPDATE notification SET revision = revision + 1 WHERE approval = ? AND state = 0", approval));
}

/// One that was given up before anybody saw it is tried anew.
Result<void> SqliteLedger::amend(Id notification, std::string_view detail, Timestamp due) {
  changed_.deliveries = true;
  return write(connection_,
               "UPDATE notification SET detail = ?2, revision = revision + 1, "
               "due_at = CASE WHEN owed IS NOT NULL THEN due_at ELSE max(?3, ifnull(edited_at + ?4, ?3)) END, "
               "owed_since = ifnull(owed_since, ?3), state = CASE WHEN shown > 0 THEN 1 ELSE 0 END, "
               "owed = CASE WHEN shown > 0 THEN 2 ELSE 1 END WHERE id = ?1 AND state IN (0, 1, 2)",
               notification, detail, due, between_edits.count());
}

Result<void> SqliteLedger::add(const app::Button& button) {
  return write(connection_,
               "INSERT INTO button (token_digest, notification, approval, events, target) VALUES (?, ?, ?, ?, ?)",
               Blob{button.token_digest}, button.notification, button.approval, Blob{pack(button.events)}, button.to);
}

Result<std::optional<app::Button>> SqliteLedger::button(std::string_view token_digest) {
  Rows rows(connection_, "SELECT notification, approval, events, target FROM button WHERE token_digest = ?",
            Blob{token_digest});
  std::optional<app::Button> found;
  if (rows.next()) found = {std::string(token_digest), rows.id(0), rows.id(1), unpack(rows.text(2)), rows.text(3)};
  return rows.result(std::move(found));
}

/// Ids grow with time, so only buttons older than the bound are looked at.
Result<std::size_t> SqliteLedger::prune_buttons(Timestamp before, std::size_t most) {
  if (auto gone = write(connection_,
                        "DELETE FROM button WHERE token_digest IN (SELECT b.token_digest FROM button b "
                        "CROSS JOIN approval a ON a.id = b.approval WHERE b.approval <= (SELECT id FROM approval "
                        "WHERE created_at < ?1 ORDER BY created_at DESC, id DESC LIMIT 1) AND a.state <> 0 AND "
                        "a.created_at < ?1 AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.approval = a.id "
                        "AND d.at >= ?1) ORDER BY b.approval LIMIT ?2)",
                        before, static_cast<std::int64_t>(most));
      !gone)
    return std::unexpected(gone.error());
  return static_cast<std::size_t>(connection_.changes());
}

}  // namespace countersign::store
