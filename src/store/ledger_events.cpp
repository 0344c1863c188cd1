#include "store/codes.hpp"
#include "store/ledger.hpp"

namespace countersign::store {

Result<std::vector<app::Ledger::Seen>> SqliteLedger::seen(std::string_view source, std::string_view provider_id) {
  std::vector<Seen> result;
  Rows rows(connection_, "SELECT event, digest FROM sighting WHERE source = ? AND provider_id = ?", source,
            provider_id);
  while (rows.next())
    result.push_back({rows.id(0), rows.text(1)});
  return rows.result(std::move(result));
}

Result<std::optional<Id>> SqliteLedger::same_login(const core::Event& event, Duration window) {
  // Named, or SQLite takes the user's index and reads every login of a busy account within the window.
  for (const auto key : login_keys(marks_.login_key, event, window)) {
    Rows rows(connection_,
              "SELECT id FROM event INDEXED BY event_login WHERE login = ? AND time BETWEEN ? AND ? AND host = ? AND "
              "address = ? "
              "AND port = ? AND user = ? AND action = ? AND outcome = ? ORDER BY id LIMIT 1",
              key, event.time - window, event.time + window, event.host, event.address, event.port, event.user,
              event.action, event.outcome);
    if (rows.next()) return rows.id(0);
    if (rows.failed()) return rows.failure();
  }
  return std::nullopt;
}

Result<void> SqliteLedger::add(const app::StoredEvent& stored) {
  const auto& event = stored.event;
  const auto approval = stored.approval ? std::optional(stored.approval) : std::nullopt;
  if (auto added = write(
          connection_,
          "INSERT INTO event (id, time, rule, action, outcome, count, host, process, pid, user, address, port, method, "
          "key_type, key, certificate, serial, authority, login, verdict, news, approval, state) "
          "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
          stored.id, event.time, event.rule, event.action, event.outcome, event.count, event.host, event.process,
          event.pid, event.user, event.address, event.port, event.method, event.key_type, event.key, event.certificate,
          event.serial, event.authority, login_key(marks_.login_key, event), stored.verdict, stored.news, approval,
          code(stored.state));
      !added)
    return added;
  for (const auto& [name, value] : event.more)
    if (auto added = write(connection_, "INSERT OR IGNORE INTO event_field (event, name, value) VALUES (?, ?, ?)",
                           stored.id, name, value);
        !added)
      return kept(added);
  return {};
}

Result<void> SqliteLedger::add(const app::Sighting& sighting) {
  const auto id = new_id();
  if (auto added = write(connection_,
                         "INSERT INTO sighting (event, id, witness, source, provider_id, digest, time, received_at) "
                         "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                         sighting.event, id, sighting.witness, sighting.source, sighting.provider_id,
                         Blob{sighting.digest}, sighting.time, sighting.received_at);
      !added)
    return added;
  if (sighting.raw.empty()) return {};
  return kept(write(connection_, "INSERT INTO raw_line (sighting, line) VALUES (?, ?)", id, Blob{sighting.raw}));
}

Result<bool> SqliteLedger::first_time(std::string_view subject, std::string_view kind, std::string_view value) {
  const auto added = run(connection_, "INSERT OR IGNORE INTO first_seen (subject, kind, value) VALUES (?, ?, ?)",
                         subject, kind, value);
  if (!added) return std::unexpected(added.error());
  return *added == 1;
}

}  // namespace countersign::store
