#include "store/audit_rows.hpp"

namespace countersign::store {

Result<app::AuditHead> read_audit_head(Connection& connection) {
  app::AuditHead head;
  {
    Rows rows(connection, "SELECT id, at, kind, actor, detail, hash FROM audit ORDER BY id DESC LIMIT 1");
    if (rows.next()) head.newest = {rows.id(0), rows.time(1), rows.text(2), rows.text(3), rows.text(4), rows.text(5)};
    if (rows.failed()) return rows.failure();
  }
  Rows rows(connection, "SELECT count(*) FROM audit");
  if (!rows.next()) return rows.failure();
  head.entries = rows.integer(0);
  return head;
}

Result<std::optional<std::string>> read_mark(Connection& connection, std::string_view name) {
  Rows rows(connection, "SELECT value FROM mark WHERE name = ?", name);
  std::optional<std::string> value;
  if (rows.next()) value = rows.text(0);
  return rows.result(std::move(value));
}

Result<std::vector<app::TakenSighting>> read_taken(Connection& connection, Id after, Id before, std::size_t limit) {
  std::vector<app::TakenSighting> taken;
  // What a sighting said is kept apart as soon as its event says more (SqliteLedger::complete); until then they agree.
  Rows rows(connection,
            "SELECT s.id, s.event, s.witness, s.source, s.provider_id, s.digest, s.time, s.received_at, "
            "s.arrival_stamped, e.action, e.outcome, e.host, a.sighting IS NOT NULL, "
            "a.process, a.pid, a.user, a.address, a.port, a.method, a.key_type, a.key, a.certificate, a.serial, "
            "a.authority, e.process, e.pid, e.user, e.address, e.port, e.method, e.key_type, e.key, e.certificate, "
            "e.serial, e.authority, e.time, e.count FROM sighting s INDEXED BY sighting_id LEFT JOIN event e ON e.id = "
            "s.event "
            "LEFT JOIN account a ON a.sighting = s.id WHERE s.id > ? AND s.id < ? ORDER BY s.id LIMIT ?",
            after, before, static_cast<std::int64_t>(limit));
  while (rows.next()) {
    app::TakenSighting one;
    one.id = rows.id(0);
    one.sighting = {rows.id(1),   rows.text(2), rows.text(3), rows.text(4), rows.text(5),
                    rows.time(6), rows.time(7), "",           rows.flag(8), {}};
    auto& said = one.sighting.account.emplace();
    said.time = one.sighting.time;
    said.action = rows.text(9);
    said.outcome = rows.text(10);
    said.host = rows.text(11);
    const int at = rows.flag(12) ? 13 : 24;
    said.process = rows.text(at);
    said.pid = rows.maybe_integer(at + 1);
    said.user = rows.text(at + 2);
    said.address = rows.text(at + 3);
    said.port = rows.maybe_integer(at + 4);
    said.method = rows.text(at + 5);
    said.key_type = rows.text(at + 6);
    said.key = rows.text(at + 7);
    said.certificate = rows.text(at + 8);
    said.serial = rows.text(at + 9);
    said.authority = rows.text(at + 10);
    one.event_time = rows.time(35);
    one.event_count = rows.integer(36);
    taken.push_back(std::move(one));
  }
  return rows.result(std::move(taken));
}

app::Seal read_seal(const Rows& rows) {
  return {rows.id(0),      rows.time(1), rows.time(2),    rows.time(3), rows.text(4),
          rows.integer(5), rows.text(6), rows.integer(7), rows.text(8)};
}

Result<std::optional<app::Seal>> read_seal_of(Connection& connection, Timestamp from, Timestamp to) {
  Rows rows(connection, "SELECT " COUNTERSIGN_SEAL_COLUMNS " FROM seal WHERE from_at = ? AND to_at = ?", from, to);
  std::optional<app::Seal> seal;
  if (rows.next()) seal = read_seal(rows);
  return rows.result(std::move(seal));
}

}  // namespace countersign::store
