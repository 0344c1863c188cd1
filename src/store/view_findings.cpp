// What the report lists: findings, what they are about, and questions.
#include "store/codes.hpp"
#include "store/event_rows.hpp"
#include "store/view.hpp"

namespace countersign::store {

Result<std::vector<app::FindingPlace>> SqliteView::findings_of(Timestamp from, Timestamp to) {
  std::vector<app::FindingPlace> places;
  Rows rows(connection_,
            "SELECT id, state, raised FROM (SELECT a.id, a.state, a.created_at, a.created_at >= ?1 AND a.created_at < "
            "?2 AS raised FROM approval a WHERE a.kind = 'finding') a WHERE raised OR EXISTS (SELECT 1 FROM event e "
            "WHERE e.approval = a.id AND e.time >= ?1 AND e.time < ?2) ORDER BY created_at DESC, id DESC",
            from, to);
  while (rows.next())
    places.push_back({rows.id(0), word<core::ApprovalState>(rows.integer(1)), rows.flag(2)});
  return rows.result(std::move(places));
}

Result<std::vector<app::StoredEvent>> SqliteView::events_under(Id approval, Id after, std::size_t limit) {
  auto events = events_of(connection_, approval, limit, after);
  if (!events) return events;
  if (auto read = read_sightings(connection_, *events); !read) return std::unexpected(read.error());
  return events;
}

Result<std::vector<Id>> SqliteView::same_id(const app::Sighting& sighting) {
  std::vector<Id> events;
  Rows rows(connection_,
            "SELECT DISTINCT event FROM sighting WHERE source = ? AND provider_id = ? AND event <> ? ORDER BY event "
            "LIMIT 10",
            sighting.source, sighting.provider_id, sighting.event);
  while (rows.next())
    events.push_back(rows.id(0));
  return rows.result(std::move(events));
}

namespace {

/// The row that `rows` stands on: columns 0 to 6 are the question's, then those of its first event.
app::ReportAsked read_asked(const Rows& rows) {
  app::ReportAsked asked;
  asked.id = rows.id(0);
  asked.at = rows.time(1);
  asked.addressed_to = rows.text(2);
  asked.state = word<core::ApprovalState>(rows.integer(3));
  asked.decided_by = rows.text(4);
  asked.decided_at = rows.time(5);
  asked.events = rows.integer(6);
  if (rows.null(7)) return asked;
  auto& event = asked.first.emplace();
  event.time = rows.time(7);
  event.rule = rows.text(8);
  event.action = rows.text(9);
  event.outcome = rows.text(10);
  event.count = rows.integer(11);
  event.host = rows.text(12);
  event.process = rows.text(13);
  event.pid = rows.maybe_integer(14);
  event.user = rows.text(15);
  event.address = rows.text(16);
  event.port = rows.maybe_integer(17);
  event.method = rows.text(18);
  event.key = rows.text(19);
  event.certificate = rows.text(20);
  return asked;
}

}  // namespace

#define COUNTERSIGN_QUESTIONS                                                                                          \
  "SELECT a.id, a.created_at, a.addressed_to, a.state, d.decided_by, d.at, (SELECT count(*) FROM event n WHERE "       \
  "n.approval = a.id), e.time, e.rule, e.action, e.outcome, e.count, e.host, e.process, e.pid, e.user, e.address, "    \
  "e.port, e.method, e.key, e.certificate FROM approval a LEFT JOIN event e ON e.id = (SELECT min(f.id) FROM event f " \
  "WHERE f.approval = a.id) LEFT JOIN decision d ON d.id = (SELECT max(s.id) FROM decision s WHERE s.approval = a.id " \
  "AND s.settles <> 0) WHERE a.created_at >= ?1 AND a.created_at < ?2 AND a.kind <> 'finding' AND a.state = ?3 AND "

Result<std::vector<app::ReportAsked>> SqliteView::asked(Timestamp from, Timestamp to, core::ApprovalState state,
                                                        const app::ReportAsked* after, std::size_t limit) {
  constexpr Sql oldest_first =
      COUNTERSIGN_QUESTIONS "(a.created_at, a.id) > (?4, ?5) ORDER BY a.created_at, a.id LIMIT ?6";
  constexpr Sql newest_first =
      COUNTERSIGN_QUESTIONS "(a.created_at, a.id) < (?4, ?5) ORDER BY a.created_at DESC, a.id DESC LIMIT ?6";
  const bool open = state == core::ApprovalState::pending;
  const auto at = after ? after->at : open ? from - Duration(1) : to;
  const auto id = after ? after->id : Id{};
  std::vector<app::ReportAsked> asked;
  Rows rows(connection_, open ? oldest_first : newest_first, from, to, code(state), at, id,
            static_cast<std::int64_t>(limit));
  while (rows.next())
    asked.push_back(read_asked(rows));
  return rows.result(std::move(asked));
}

}  // namespace countersign::store
