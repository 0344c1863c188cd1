#include "store/ledger.hpp"

namespace countersign::store {
namespace {

// Of one user within the window: a flood of them hides evidence, and costs no more.
constexpr std::int64_t most_looked_at = 2000, most_lines = 8;

}  // namespace

Result<std::vector<app::StoredEvent>> SqliteLedger::lines_elsewhere(const core::Event& event, Duration window) {
  std::vector<Id> ids;
  {
    Rows rows(connection_,
              "SELECT id FROM (SELECT id, host, address, port, action, outcome, verdict FROM event INDEXED BY "
              "event_user WHERE user = ?1 AND time BETWEEN ?2 AND ?3 LIMIT ?7) WHERE address = ?4 AND port = ?5 AND "
              "host <> ?6 AND action = 'ssh_login' AND outcome <> 'failure' AND verdict = 'unenrolled' LIMIT ?8",
              event.user, event.time - window, event.time + window, event.address, event.port, event.host,
              most_looked_at, most_lines);
    while (rows.next())
      ids.push_back(rows.id(0));
    if (rows.failed()) return rows.failure();
  }
  std::vector<app::StoredEvent> lines;
  for (const auto id : ids) {
    auto line = login(id);
    if (!line) return std::unexpected(line.error());
    lines.push_back(*std::move(line));
  }
  return lines;
}

Result<void> SqliteLedger::note(const app::ToldElsewhere& told) {
  return write(connection_,
               "INSERT OR IGNORE INTO told_elsewhere (login, line, host, name, source, time, same_process) VALUES (?, "
               "?, ?, ?, ?, ?, ?)",
               told.login, told.line, told.host, told.name, told.source, told.time, told.same_process);
}

}  // namespace countersign::store
