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

Result<void> read_sightings(Connection& connection, std::vector<app::StoredEvent>& events) {
  for (auto& stored : events) {
    Rows rows(connection,
              "SELECT s.witness, s.source, s.provider_id, s.digest, s.time, s.received_at, r.line FROM sighting s "
              "LEFT JOIN raw_line r ON r.sighting = s.id WHERE s.event = ? ORDER BY s.id",
              stored.id);
    while (rows.next())
      stored.sightings.push_back({stored.id, rows.text(0), rows.text(1), rows.text(2), rows.text(3), rows.time(4),
                                  rows.time(5), rows.text(6)});
    if (rows.failed()) return rows.failure();
  }
  return {};
}

Result<std::vector<app::StoredEvent>> events_of(Connection& connection, Id approval, std::size_t limit) {
  std::vector<app::StoredEvent> events;
  {
    Rows rows(connection,
              "SELECT " COUNTERSIGN_EVENT_COLUMNS " FROM event e WHERE e.approval = ? ORDER BY e.id LIMIT ?", approval,
              static_cast<std::int64_t>(limit));
    while (rows.next())
      events.push_back(read_event(rows));
    if (rows.failed()) return rows.failure();
  }
  if (auto read = read_more(connection, events); !read) return std::unexpected(read.error());
  return events;
}

}  // namespace countersign::store
