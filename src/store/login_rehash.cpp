#include "store/login_rehash.hpp"

#include "store/event_rows.hpp"
#include "store/meta.hpp"

namespace countersign::store {
namespace {

constexpr std::int64_t at_once = 1000;

/// The events after `last` that have a key; `last` moves on.
Result<std::vector<app::StoredEvent>> next_keyed(Connection& connection, Id& last) {
  std::vector<app::StoredEvent> events;
  Rows rows(connection,
            "SELECT " COUNTERSIGN_EVENT_COLUMNS
            " FROM event e WHERE e.id > ? AND e.login IS NOT NULL "
            "ORDER BY e.id LIMIT ?",
            last, at_once);
  while (rows.next())
    events.push_back(read_event(rows));
  if (!events.empty()) last = events.back().id;
  return rows.result(std::move(events));
}

Result<void> rehash_all(Connection& connection, const HashKey& key) {
  for (Id last;;) {
    const auto events = next_keyed(connection, last);
    if (!events) return std::unexpected(events.error());
    if (events->empty()) break;
    for (const auto& stored : *events)
      if (auto set =
              write(connection, "UPDATE event SET login = ? WHERE id = ?", login_key(key, stored.event), stored.id);
          !set)
        return set;
  }
  return write(connection, "DELETE FROM meta WHERE name = 'login_keys'");
}

}  // namespace

Result<void> rehash_logins(Connection& connection, const HashKey& key) {
  const auto stale = read_meta(connection, "login_keys");
  if (!stale) return std::unexpected(stale.error());
  if (!*stale) return {};
  auto done = connection.execute("BEGIN IMMEDIATE");
  if (done) done = rehash_all(connection, key);
  if (done) done = connection.execute("COMMIT");
  if (!done && connection.in_transaction()) (void)connection.execute("ROLLBACK");
  return done;
}

}  // namespace countersign::store
