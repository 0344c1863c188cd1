#include <algorithm>

#include "store/account_rows.hpp"
#include "store/event_rows.hpp"
#include "store/ledger.hpp"
#include "store/stream_rows.hpp"

namespace countersign::store {
namespace {

constexpr std::int64_t most_near = 64;
// How old a stream's `last` and `heard_at` may be: they are written no more often than that.
constexpr Duration stream_step = std::chrono::seconds(1);

Result<void> read_whole(Connection& connection, std::vector<app::StoredEvent>& events) {
  if (auto read = read_more(connection, events); !read) return read;
  return read_sightings(connection, events);
}

}  // namespace

Result<std::vector<app::StoredEvent>> SqliteLedger::near(const core::Event& event, Duration window, bool by_process) {
  std::vector<app::StoredEvent> found;
  // Named, or SQLite takes the user's index and reads every login of a busy account within the window.
  for (const auto key : login_keys(marks_.login_key, event, window)) {
    Rows rows(
        connection_,
        "SELECT " COUNTERSIGN_EVENT_COLUMNS
        " FROM event e INDEXED BY event_login WHERE e.login = ? AND e.time BETWEEN ? AND ? AND e.host = ? AND "
        "e.address = ? AND e.port = ? AND e.action = ? AND (e.outcome = 'failure') = ? ORDER BY e.id DESC LIMIT ?",
        key, event.time - window, event.time + window, event.host, event.address, event.port, event.action,
        event.outcome == "failure", most_near);
    while (rows.next())
      found.push_back(read_event(rows));
    if (rows.failed()) return rows.failure();
  }
  if (by_process && event.pid) {
    const auto inner_pid = core::field(event, "process.namespace_pid");
    Rows rows(
        connection_,
        "SELECT " COUNTERSIGN_EVENT_COLUMNS
        " FROM unsettled u JOIN event e ON e.id = u.event WHERE u.host = ?1 AND u.since BETWEEN ?2 AND ?3 AND "
        "e.time BETWEEN ?2 AND ?3 AND (e.pid = ?4 OR CAST(e.pid AS TEXT) = ?5 OR EXISTS (SELECT 1 FROM "
        "event_field f WHERE f.event = e.id AND f.name = 'process.namespace_pid' AND f.value = CAST(?4 AS TEXT))) "
        "ORDER BY e.id DESC LIMIT ?6",
        event.host, event.time - window - std::chrono::hours(1), event.time + window, event.pid, inner_pid, most_near);
    while (rows.next())
      if (std::ranges::find(found, rows.id(0), &app::StoredEvent::id) == found.end()) found.push_back(read_event(rows));
    if (rows.failed()) return rows.failure();
  }
  if (auto read = read_whole(connection_, found); !read) return std::unexpected(read.error());
  return found;
}

Result<std::vector<app::StoredEvent>> SqliteLedger::portless(const core::Event& event, Duration window) {
  std::vector<app::StoredEvent> found;
  const auto take = [&](Rows rows) -> Result<void> {
    while (rows.next())
      found.push_back(read_event(rows));
    if (rows.failed()) return rows.failure();
    return {};
  };
  const auto from = event.time - window;
  const auto until = event.time + window;
  constexpr Sql of_portless =
      "SELECT " COUNTERSIGN_EVENT_COLUMNS
      " FROM event e INDEXED BY event_portless WHERE e.host = ? AND e.time BETWEEN ? AND ? AND e.port IS NULL AND "
      "e.action = 'ssh_login' AND e.outcome <> 'failure' ORDER BY e.id DESC LIMIT ?";
  constexpr Sql of_all = "SELECT " COUNTERSIGN_EVENT_COLUMNS
                         " FROM event e INDEXED BY event_time WHERE e.host = ? AND e.time BETWEEN ? AND ? AND "
                         "e.action = 'ssh_login' AND e.outcome <> 'failure' ORDER BY e.id DESC LIMIT ?";
  if (auto taken = take(Rows(connection_, event.port ? of_portless : of_all, event.host, from, until, most_near));
      !taken)
    return std::unexpected(taken.error());
  if (auto read = read_whole(connection_, found); !read) return std::unexpected(read.error());
  return found;
}

Result<app::StoredEvent> SqliteLedger::login(Id event) {
  std::vector<app::StoredEvent> found;
  {
    Rows rows(connection_, "SELECT " COUNTERSIGN_EVENT_COLUMNS " FROM event e WHERE e.id = ?", event);
    if (rows.next()) found.push_back(read_event(rows));
    if (rows.failed()) return rows.failure();
  }
  if (found.empty()) return fail(Fault::not_found, "there is no event {}", to_text(event));
  if (auto read = read_whole(connection_, found); !read) return std::unexpected(read.error());
  return std::move(found.front());
}

Result<void> SqliteLedger::complete(const app::StoredEvent& stored) {
  auto before = login(stored.id);
  if (!before) return std::unexpected(before.error());
  // From here on the event says more than its first sightings did.
  if (auto keeping = keep_accounts(connection_, stored.id, before->event); !keeping) return kept(keeping);
  const auto& event = stored.event;
  return kept(write(connection_,
                    "UPDATE event SET process = ?, pid = ?, user = ?, method = ?, key_type = ?, key = ?, certificate = "
                    "?, serial = ?, authority = ? WHERE id = ?",
                    event.process, event.pid, event.user, event.method, event.key_type, event.key, event.certificate,
                    event.serial, event.authority, stored.id));
}

Result<void> SqliteLedger::judged(const app::StoredEvent& event) {
  const auto finding = event.finding ? std::optional(event.finding) : std::nullopt;
  return write(connection_,
               "UPDATE event SET judged_at = CASE WHEN verdict <> ?1 OR independent <> ?3 THEN ?6 ELSE judged_at END, "
               "verdict = ?1, reasons = ?2, independent = ?3, finding = ?4 WHERE id = ?5",
               event.verdict, event.reasons, event.independent, finding, event.id, clock_.now());
}

Result<std::vector<std::string>> SqliteLedger::disputed(Id login) {
  std::vector<std::string> told;
  Rows rows(connection_, "SELECT what FROM disputed WHERE login = ?", login);
  while (rows.next())
    told.push_back(rows.text(0));
  return rows.result(std::move(told));
}

Result<void> SqliteLedger::add_disputed(Id login, std::string_view digest) {
  return write(connection_, "INSERT OR IGNORE INTO disputed (login, what) VALUES (?, ?)", login, Blob{digest});
}

Result<void> SqliteLedger::unsettle(const app::Unsettled& login) {
  changed_.looks |= login.due.has_value();
  return write(connection_,
               "INSERT INTO unsettled (event, host, since, deadline, due) VALUES (?, ?, ?, ?, ?) ON CONFLICT (event) "
               "DO UPDATE SET since = excluded.since, deadline = excluded.deadline, due = excluded.due",
               login.event, login.host, login.since, login.deadline, login.due);
}

Result<void> SqliteLedger::settle(Id event) {
  return write(connection_, "DELETE FROM unsettled WHERE event = ?", event);
}

Result<void> SqliteLedger::let_go(Timestamp before, std::size_t limit) {
  return write(connection_,
               "DELETE FROM unsettled WHERE event IN (SELECT event FROM unsettled WHERE due IS NULL AND deadline < ? "
               "ORDER BY deadline LIMIT ?)",
               before, static_cast<std::int64_t>(limit));
}

Result<void> SqliteLedger::look_again(std::string_view host, Timestamp from, Timestamp until, Timestamp due) {
  const auto changed = run(connection_,
                           "UPDATE unsettled INDEXED BY unsettled_deadline SET due = ?1 WHERE host = ?2 AND since <= "
                           "?3 AND deadline >= ?4 AND "
                           "(due IS NULL OR due > ?1)",
                           due, host, until, from);
  if (!changed) return std::unexpected(changed.error());
  changed_.looks |= *changed > 0;
  return {};
}

Result<std::vector<Id>> SqliteLedger::due_looks(Timestamp now, std::size_t limit) {
  std::vector<Id> due;
  Rows rows(connection_, "SELECT event FROM unsettled WHERE due <= ? ORDER BY due, event LIMIT ?", now,
            static_cast<std::int64_t>(limit));
  while (rows.next())
    due.push_back(rows.id(0));
  return rows.result(std::move(due));
}

Result<std::optional<Timestamp>> SqliteLedger::next_look() {
  Rows rows(connection_, "SELECT min(due) FROM unsettled WHERE due IS NOT NULL");
  std::optional<Timestamp> next;
  if (rows.next()) next = rows.maybe_time(0);
  return rows.result(next);
}

Result<bool> SqliteLedger::heard(std::string_view host, std::string_view source, std::string_view witness,
                                 Timestamp time, Timestamp arrival) {
  std::optional<Timestamp> first, heard_at;
  {
    Rows rows(connection_, "SELECT first, heard_at FROM stream WHERE host = ? AND source = ? AND witness = ?", host,
              source, witness);
    if (rows.next()) {
      first = rows.time(0);
      heard_at = rows.time(1);
    }
    if (rows.failed()) return rows.failure();
  }
  const bool older = !first || time < *first;
  if (!older && arrival < *heard_at + stream_step) return false;
  if (auto set = write(connection_,
                       "INSERT INTO stream (host, source, witness, first, last, heard_at, lag, offset) VALUES (?1, ?2, "
                       "?3, ?4, ?4, ?5, x'', x'') ON CONFLICT DO UPDATE SET first = min(first, excluded.first), last = "
                       "max(last, excluded.last), heard_at = max(heard_at, excluded.heard_at)",
                       host, source, witness, time, arrival);
      !set)
    return std::unexpected(set.error());
  return older;
}

Result<core::Streams> SqliteLedger::streams(std::string_view host) {
  core::Streams found;
  Rows rows(connection_, "SELECT " COUNTERSIGN_STREAM_COLUMNS " FROM stream WHERE host = ?", host);
  while (rows.next())
    found.all.push_back(read_stream(rows, 0));
  return rows.result(std::move(found));
}

Result<void> SqliteLedger::learnt(std::string_view host, const core::Stream& stream) {
  const auto lag = pack(stream.lag);
  const auto offset = pack(stream.offset);
  return write(connection_, "UPDATE stream SET lag = ?, offset = ? WHERE host = ? AND source = ? AND witness = ?",
               Blob{lag}, Blob{offset}, host, stream.source, stream.witness);
}

Result<std::optional<Timestamp>> SqliteLedger::last_heard(std::string_view source) {
  Rows rows(connection_, "SELECT max(heard_at) FROM stream WHERE source = ?", source);
  std::optional<Timestamp> last;
  if (rows.next()) last = rows.maybe_time(0);
  return rows.result(last);
}

Result<void> SqliteLedger::root_session(std::string_view host, Timestamp time, Id event) {
  return write(connection_,
               "INSERT INTO first_root (host, time, event) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET time = "
               "excluded.time, event = excluded.event WHERE excluded.time < time",
               host, time, event);
}

Result<std::optional<Id>> SqliteLedger::session_of(std::string_view host, std::string_view user, Timestamp from,
                                                   Timestamp until) {
  Rows rows(connection_,
            "SELECT e.id FROM event e WHERE e.user = ?2 AND e.time BETWEEN ?3 AND ?4 AND e.host = ?1 AND e.action = "
            "'ssh_login' AND e.outcome <> 'failure' AND NOT EXISTS (SELECT 1 FROM event o WHERE o.user = ?2 AND o.time "
            "BETWEEN e.time AND ?4 AND o.host = ?1 AND o.action = 'ssh_session_end' AND o.address = e.address AND "
            "o.port = e.port) ORDER BY e.time DESC LIMIT 1",
            host, user, from, until);
  if (rows.next()) return rows.id(0);
  return rows.result(std::optional<Id>());
}

}  // namespace countersign::store
