#include "store/approval_rows.hpp"

#include "store/codes.hpp"

namespace countersign::store {
namespace {

Result<core::Approval> read_fields(Connection& connection, Id id) {
  Rows rows(connection,
            "SELECT kind, state, person, subject, addressed_to, reason, severity, approvers, escalated, created_at, "
            "burst, needs_reason, taken_by, taken_until FROM approval WHERE id = ?",
            id);
  if (!rows.next()) {
    if (rows.failed()) return rows.failure();
    return fail(Fault::not_found, "there is no approval {}", to_text(id));
  }
  core::Approval approval;
  approval.id = id;
  approval.kind = rows.text(0);
  approval.state = word<core::ApprovalState>(rows.integer(1));
  approval.person = rows.text(2);
  approval.subject = rows.text(3);
  approval.addressed_to = rows.text(4);
  approval.reason = rows.text(5);
  approval.severity = word<core::Severity>(rows.integer(6));
  approval.approvers = static_cast<int>(rows.integer(7));
  approval.escalated = rows.flag(8);
  approval.created_at = rows.time(9);
  approval.burst = rows.text(10);
  approval.needs_reason = rows.flag(11);
  approval.taken_by = rows.text(12);
  approval.taken_until = rows.maybe_time(13);
  return approval;
}

Result<std::vector<core::Asked>> read_asked(Connection& connection, Id id) {
  std::vector<core::Asked> asked;
  Rows rows(connection, "SELECT id, state FROM event WHERE approval = ? ORDER BY id", id);
  while (rows.next())
    asked.push_back({rows.id(0), word<core::ApprovalState>(rows.integer(1))});
  return rows.result(std::move(asked));
}

Result<std::vector<core::Decision>> read_decisions(Connection& connection, Id id) {
  std::vector<core::Decision> decisions;
  Rows rows(
      connection,
      "SELECT d.id, d.decided_by, d.act, d.at, d.via, d.reason, d.settles, s.event, d.trusted_until, s.settles FROM "
      "decision d LEFT JOIN decision_event s ON s.decision = d.id WHERE d.approval = ? ORDER BY d.id, s.event",
      id);
  while (rows.next()) {
    if (decisions.empty() || decisions.back().id != rows.id(0)) {
      decisions.push_back({rows.id(0),
                           rows.text(1),
                           word<core::Act>(rows.integer(2)),
                           {},
                           rows.time(3),
                           rows.text(4),
                           rows.text(5),
                           rows.flag(6)});
      decisions.back().trusted_until = rows.maybe_time(8);
    }
    if (rows.null(7)) continue;
    auto& decision = decisions.back();
    decision.events.push_back(rows.id(7));
    if (const auto settles = rows.integer(9); settles != 0)
      (settles == 1 ? decision.settled : decision.revised).push_back(rows.id(7));
  }
  return rows.result(std::move(decisions));
}

Result<void> read_notes(Connection& connection, Id approval, std::vector<core::Decision>& decisions) {
  Rows rows(connection,
            "SELECT n.decision, n.noted_by, n.at, n.via, n.text FROM decision d JOIN note n ON n.decision = d.id "
            "WHERE d.approval = ? ORDER BY n.id",
            approval);
  while (rows.next())
    for (auto& decision : decisions)
      if (decision.id == rows.id(0)) decision.notes.push_back({rows.text(1), rows.time(2), rows.text(3), rows.text(4)});
  if (rows.failed()) return rows.failure();
  return {};
}

}  // namespace

Result<core::Approval> read_approval(Connection& connection, Id id) {
  auto approval = read_fields(connection, id);
  if (!approval) return approval;
  auto asked = read_asked(connection, id);
  if (!asked) return std::unexpected(asked.error());
  auto decisions = read_decisions(connection, id);
  if (!decisions) return std::unexpected(decisions.error());
  approval->events = *std::move(asked);
  approval->decisions = *std::move(decisions);
  if (!approval->decisions.empty())
    if (auto noted = read_notes(connection, id, approval->decisions); !noted) return std::unexpected(noted.error());
  return approval;
}

app::Notification read_notification(const Rows& rows) {
  app::Notification notification;
  notification.id = rows.id(0);
  notification.approval = rows.id(1);
  notification.purpose = rows.text(2);
  notification.to = rows.text(3);
  notification.state = word<app::NotificationState>(rows.integer(4));
  notification.revision = rows.integer(5);
  notification.shown = rows.integer(6);
  notification.attempts = rows.integer(7);
  notification.due_at = rows.time(8);
  notification.created_at = rows.time(9);
  notification.sent_at = rows.maybe_time(10);
  notification.error = rows.text(11);
  notification.remote_channel = rows.text(12);
  notification.remote_message = rows.text(13);
  notification.detail = rows.text(14);
  notification.failures = rows.integer(15);
  notification.bundle = rows.id(16);
  return notification;
}

Result<std::vector<app::Notification>> notifications_of(Connection& connection, Id approval) {
  std::vector<app::Notification> notifications;
  Rows rows(connection, "SELECT " COUNTERSIGN_NOTIFICATION_COLUMNS " FROM notification WHERE approval = ? ORDER BY id",
            approval);
  while (rows.next())
    notifications.push_back(read_notification(rows));
  return rows.result(std::move(notifications));
}

}  // namespace countersign::store
