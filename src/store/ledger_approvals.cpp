#include "store/approval_rows.hpp"
#include "store/codes.hpp"
#include "store/ledger.hpp"

namespace countersign::store {
namespace {

std::optional<std::string_view> open_or_null(const std::string& burst) {
  if (burst.empty()) return std::nullopt;
  return burst;
}

Result<void> update_fields(Connection& connection, const core::Approval& approval, core::ApprovalState state) {
  const auto changed = run(
      connection,
      "UPDATE approval SET kind = ?, state = ?, person = ?, subject = ?, addressed_to = ?, "
      "reason = ?, severity = ?, approvers = ?, escalated = ?, taken_by = ?, taken_until = ?, burst = ? WHERE id = ?",
      approval.kind, code(state), approval.person, approval.subject, approval.addressed_to, approval.reason,
      code(approval.severity), approval.approvers, approval.escalated, approval.taken_by, approval.taken_until,
      open_or_null(approval.burst), approval.id);
  if (!changed) return std::unexpected(changed.error());
  if (*changed == 0) return fail(Fault::not_found, "there is no approval {}", to_text(approval.id));
  return {};
}

}  // namespace

Result<void> SqliteLedger::add(const core::Approval& approval) {
  return write(connection_,
               "INSERT INTO approval (id, kind, state, person, subject, addressed_to, reason, severity, approvers, "
               "needs_reason, escalated, taken_by, taken_until, created_at, burst) "
               "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               approval.id, approval.kind, code(approval.state), approval.person, approval.subject,
               approval.addressed_to, approval.reason, code(approval.severity), approval.approvers,
               approval.needs_reason, approval.escalated, approval.taken_by, approval.taken_until, approval.created_at,
               open_or_null(approval.burst));
}

Result<core::Approval> SqliteLedger::approval(Id id) {
  return read_approval(connection_, id);
}

Result<std::optional<Id>> SqliteLedger::open_burst(std::string_view burst, Timestamp since) {
  if (burst.empty()) return std::nullopt;
  Rows rows(connection_,
            "SELECT id FROM approval WHERE burst = ? AND created_at >= ? AND state = 0 "
            "ORDER BY created_at DESC, id DESC LIMIT 1",
            burst, since);
  if (rows.next()) return rows.id(0);
  return rows.result(std::optional<Id>());
}

Result<std::int64_t> SqliteLedger::questions_since(const core::Approval& least, Timestamp since, std::int64_t limit) {
  Rows rows(
      connection_,
      "SELECT count(*) FROM (SELECT 1 FROM approval WHERE person = ? AND person <> '' AND created_at >= ? AND kind "
      "= 'login' AND state <> ? AND severity >= ? AND approvers >= ? AND needs_reason >= ? LIMIT ?)",
      least.person, since, code(core::ApprovalState::expected), code(least.severity), least.approvers,
      least.needs_reason, limit);
  std::int64_t count = 0;
  if (rows.next()) count = rows.integer(0);
  return rows.result(count);
}

Result<void> SqliteLedger::update(const core::Approval& approval) {
  return update_fields(connection_, approval, approval.state);
}

Result<void> SqliteLedger::add(const core::Approval& approval, const core::Outcome& outcome, Id decision) {
  const auto& said = outcome.decision;
  if (auto added =
          write(connection_,
                "INSERT INTO decision (id, approval, decided_by, act, at, via, reason, settles, trusted_until) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                decision, approval.id, said.by, code(said.act), said.at, said.via, said.reason, said.settles,
                said.trusted_until);
      !added)
    return added;
  for (const auto event : outcome.settled)
    if (auto settled = settle(approval, outcome, decision, event); !settled) return kept(settled);
  for (const auto event : said.events)
    if (auto added = write(connection_,
                           "INSERT INTO decision_event (decision, event, settles) VALUES (?, ?, 0) "
                           "ON CONFLICT (decision, event) DO NOTHING",
                           decision, event);
        !added)
      return kept(added);
  return kept(update_fields(connection_, approval, outcome.state));
}

Result<void> SqliteLedger::add(Id decision, const core::Note& note) {
  return write(connection_, "INSERT INTO note (id, decision, noted_by, at, via, text) VALUES (?, ?, ?, ?, ?, ?)",
               new_id(), decision, note.by, note.at, note.via, note.text);
}

/// The unique index lets one decision settle an event first. A revision stands beside it; of an event that none has
/// settled it is the first.
Result<void> SqliteLedger::settle(const core::Approval& approval, const core::Outcome& outcome, Id decision, Id event) {
  if (auto first =
          write(connection_,
                "INSERT INTO decision_event (decision, event, settles) VALUES (?1, ?2, CASE WHEN ?3 AND EXISTS "
                "(SELECT 1 FROM decision_event WHERE event = ?2 AND settles = 1) THEN 2 ELSE 1 END)",
                decision, event, outcome.revises);
      !first) {
    if (first.error().fault != Fault::conflict) return first;
    return fail(Fault::conflict, "event {} is decided already", to_text(event));
  }
  const auto changed = run(connection_, "UPDATE event SET state = ? WHERE id = ? AND approval = ?",
                           code(outcome.settled_as), event, approval.id);
  if (!changed) return std::unexpected(changed.error());
  if (*changed == 0) return fail(Fault::not_found, "event {} is not this approval's", to_text(event));
  return {};
}

}  // namespace countersign::store
