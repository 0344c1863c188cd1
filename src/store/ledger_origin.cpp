#include "store/ledger.hpp"

namespace countersign::store {

Result<std::optional<app::ConnectionOut>> SqliteLedger::connection_out(std::string_view address, std::int64_t port,
                                                                       Timestamp from, Timestamp until) {
  Rows rows(connection_,
            "SELECT e.host, e.user, e.pid, e.time FROM event e INDEXED BY event_connection_out WHERE e.action = "
            "'connection_out' AND e.address = ? AND e.port = ? AND e.time BETWEEN ? AND ? AND EXISTS (SELECT 1 FROM "
            "sighting s WHERE s.event = e.id AND s.witness = 'kernel') ORDER BY e.time DESC LIMIT 1",
            address, port, from, until);
  std::optional<app::ConnectionOut> found;
  if (rows.next()) found = app::ConnectionOut{rows.text(0), rows.text(1), rows.maybe_integer(2), rows.time(3)};
  return rows.result(std::move(found));
}

Result<std::optional<Id>> SqliteLedger::session_of_process(std::string_view host, std::string_view user,
                                                           std::int64_t pid, Timestamp from, Timestamp until) {
  Rows rows(connection_,
            "SELECT id FROM event INDEXED BY event_user WHERE user = ? AND time BETWEEN ? AND ? AND host = ? AND pid = "
            "? AND action = 'ssh_login' AND outcome <> 'failure' ORDER BY time DESC LIMIT 1",
            user, from, until, host, pid);
  std::optional<Id> found;
  if (rows.next()) found = rows.id(0);
  return rows.result(found);
}

Result<void> SqliteLedger::traced(const app::StoredEvent& login) {
  if (auto set = write(connection_, "UPDATE event SET news = ? WHERE id = ?", login.news, login.id); !set) return set;
  if (auto gone = kept(write(connection_, "DELETE FROM event_field WHERE event = ? AND name GLOB 'via.*'", login.id));
      !gone)
    return gone;
  for (const auto& [name, value] : login.event.more)
    if (name.starts_with("via."))
      if (auto added = kept(write(connection_, "INSERT INTO event_field (event, name, value) VALUES (?, ?, ?)",
                                  login.id, name, value));
          !added)
        return added;
  return {};
}

}  // namespace countersign::store
