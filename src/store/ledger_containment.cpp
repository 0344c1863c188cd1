#include "store/ledger.hpp"

/// The columns read_containment() reads.
#define COUNTERSIGN_CONTAINMENT_COLUMNS                                                                          \
  "id, approval, event, host, agent, payload, signature, requested_by, issued_at, expires_at, outcome, detail, " \
  "reported_at"

namespace countersign::store {
namespace {

app::Containment read_containment(const Rows& rows) {
  return {.id = rows.id(0),
          .approval = rows.id(1),
          .event = rows.id(2),
          .host = rows.text(3),
          .agent = rows.text(4),
          .payload = rows.text(5),
          .signature = rows.text(6),
          .by = rows.text(7),
          .issued_at = rows.time(8),
          .expires_at = rows.time(9),
          .outcome = rows.text(10),
          .detail = rows.text(11),
          .reported_at = rows.maybe_time(12)};
}

template <typename... Parameters>
Result<std::vector<app::Containment>> read_containments(Connection& connection, Sql sql, Parameters&&... parameters) {
  std::vector<app::Containment> found;
  Rows rows(connection, sql, parameters...);
  while (rows.next())
    found.push_back(read_containment(rows));
  return rows.result(std::move(found));
}

}  // namespace

Result<std::vector<app::Containment>> SqliteLedger::containments(Id approval) {
  return read_containments(connection_,
                           "SELECT " COUNTERSIGN_CONTAINMENT_COLUMNS
                           " FROM containment WHERE approval = ? ORDER BY id LIMIT 1000",
                           approval);
}

Result<void> SqliteLedger::put_containment(const app::Containment& containment) {
  return write(
      connection_,
      "INSERT INTO containment (id, approval, event, host, agent, payload, signature, requested_by, issued_at, "
      "expires_at, outcome, detail, reported_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT "
      "(id) DO UPDATE SET outcome = excluded.outcome, detail = excluded.detail, reported_at = "
      "excluded.reported_at",
      containment.id, containment.approval, containment.event, containment.host, containment.agent, containment.payload,
      Blob{containment.signature}, containment.by, containment.issued_at, containment.expires_at, containment.outcome,
      containment.detail, containment.reported_at);
}

Result<std::optional<app::Containment>> SqliteLedger::containment(Id id) {
  auto found =
      read_containments(connection_, "SELECT " COUNTERSIGN_CONTAINMENT_COLUMNS " FROM containment WHERE id = ?", id);
  if (!found) return std::unexpected(found.error());
  if (found->empty()) return std::nullopt;
  return std::move(found->front());
}

Result<std::vector<app::Containment>> SqliteLedger::owed_to_agent(std::string_view host, std::string_view agent,
                                                                  Timestamp now) {
  return read_containments(
      connection_,
      "SELECT " COUNTERSIGN_CONTAINMENT_COLUMNS
      " FROM containment WHERE host = ? AND agent = ? AND outcome = '' AND expires_at > ? ORDER BY "
      "id LIMIT 100",
      host, agent, now);
}

Result<std::vector<app::Containment>> SqliteLedger::expired_containments(Timestamp now) {
  return read_containments(connection_,
                           "SELECT " COUNTERSIGN_CONTAINMENT_COLUMNS
                           " FROM containment WHERE outcome = '' AND expires_at <= ? ORDER BY id LIMIT 100",
                           now);
}

Result<bool> SqliteLedger::session_ended(const core::Event& login, Timestamp until) {
  Rows rows(
      connection_,
      "SELECT EXISTS (SELECT 1 FROM event WHERE user = ? AND time BETWEEN ? AND ? AND host = ? AND action = "
      "'ssh_session_end' AND address = ? AND port IS ? AND EXISTS (SELECT 1 FROM sighting s WHERE s.event = event.id "
      "AND s.witness = 'kernel'))",
      login.user, login.time, until, login.host, login.address, login.port);
  if (!rows.next()) return rows.failure();
  return rows.flag(0);
}

}  // namespace countersign::store
