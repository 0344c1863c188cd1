#include "store/event_rows.hpp"

#include "store/codes.hpp"

namespace countersign::store {

app::StoredEvent read_event(const Rows& rows) {
  app::StoredEvent stored;
  auto& event = stored.event;
  stored.id = rows.id(0);
  event.time = rows.time(1);
  event.rule = rows.text(2);
  event.action = rows.text(3);
  event.outcome = rows.text(4);
  event.count = rows.integer(5);
  event.host = rows.text(6);
  event.process = rows.text(7);
  event.pid = rows.maybe_integer(8);
  event.user = rows.text(9);
  event.address = rows.text(10);
  event.port = rows.maybe_integer(11);
  event.method = rows.text(12);
  event.key_type = rows.text(13);
  event.key = rows.text(14);
  event.certificate = rows.text(15);
  event.serial = rows.text(16);
  event.authority = rows.text(17);
  stored.verdict = rows.text(18);
  stored.news = rows.text(19);
  stored.approval = rows.id(20);
  stored.state = word<core::ApprovalState>(rows.integer(21));
  stored.independent = rows.flag(22);
  stored.reasons = rows.text(23);
  stored.finding = rows.id(24);
  return stored;
}

Result<void> read_more(Connection& connection, std::vector<app::StoredEvent>& events) {
  for (auto& stored : events) {
    Rows rows(connection, "SELECT name, value FROM event_field WHERE event = ?", stored.id);
    while (rows.next())
      stored.event.more.emplace_back(rows.text(0), rows.text(1));
    if (rows.failed()) return rows.failure();
  }
  return {};
}

namespace {

/// What the sighting that `rows` stands on said itself, where that was kept.
std::optional<core::Event> read_account(const Rows& rows, const app::StoredEvent& stored, Timestamp time) {
  constexpr int first = 8;
  if (rows.null(first)) return std::nullopt;
  core::Event event;
  event.time = time;
  event.rule = stored.event.rule;
  event.action = stored.event.action;
  event.outcome = stored.event.outcome;
  event.host = stored.event.host;
  event.process = rows.text(first);
  event.pid = rows.maybe_integer(first + 1);
  if (auto inner = rows.text(first + 2); !inner.empty())
    event.more.emplace_back("process.namespace_pid", std::move(inner));
  event.user = rows.text(first + 3);
  event.address = rows.text(first + 4);
  event.port = rows.maybe_integer(first + 5);
  event.method = rows.text(first + 6);
  event.key_type = rows.text(first + 7);
  event.key = rows.text(first + 8);
  event.certificate = rows.text(first + 9);
  event.serial = rows.text(first + 10);
  event.authority = rows.text(first + 11);
  return event;
}

}  // namespace

Result<void> read_sightings(Connection& connection, std::vector<app::StoredEvent>& events) {
  for (auto& stored : events) {
    Rows rows(connection,
              "SELECT s.witness, s.source, s.provider_id, s.digest, s.time, s.received_at, r.line, s.arrival_stamped, "
              "a.process, a.pid, a.namespace_pid, a.user, a.address, a.port, a.method, a.key_type, a.key, "
              "a.certificate, a.serial, a.authority, ifnull(s.live, 1) FROM sighting s LEFT JOIN raw_line r ON "
              "r.sighting = s.id "
              "LEFT JOIN account a ON a.sighting = s.id WHERE s.event = ? ORDER BY s.id",
              stored.id);
    while (rows.next())
      stored.sightings.push_back({stored.id, rows.text(0), rows.text(1), rows.text(2), rows.text(3), rows.time(4),
                                  rows.time(5), rows.text(6), rows.flag(7), read_account(rows, stored, rows.time(4)),
                                  rows.flag(20)});
    if (rows.failed()) return rows.failure();
  }
  return {};
}

Result<std::vector<app::StoredEvent>> events_of(Connection& connection, Id approval, std::size_t limit, Id after) {
  std::vector<app::StoredEvent> events;
  {
    Rows rows(connection,
              "SELECT " COUNTERSIGN_EVENT_COLUMNS
              " FROM event e WHERE e.approval = ? AND e.id > ? ORDER BY e.id LIMIT ?",
              approval, after, static_cast<std::int64_t>(limit));
    while (rows.next())
      events.push_back(read_event(rows));
    if (rows.failed()) return rows.failure();
  }
  if (auto read = read_more(connection, events); !read) return std::unexpected(read.error());
  return events;
}

}  // namespace countersign::store
