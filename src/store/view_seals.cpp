#include "core/login.hpp"
#include "store/audit_rows.hpp"
#include "store/event_rows.hpp"
#include "store/view.hpp"

/// A login of the span, in a table called e.
#define COUNTERSIGN_LOGIN_OF_SPAN "e.time >= ?1 AND e.time < ?2 AND is_login(e.action) AND e.outcome <> 'failure'"

namespace countersign::store {
namespace {

/// Which kinds of logins the sealed report counted: its entry of the chain, written with it, says so.
Result<std::string> counted_kinds(Connection& connection, Id seal) {
  Rows rows(connection,
            "SELECT json_extract(detail, '$.logins') FROM audit WHERE id > ?1 AND kind = 'seal' AND "
            "json_extract(detail, '$.id') = id_text(?1) ORDER BY id LIMIT 1",
            seal);
  std::string kinds;
  if (rows.next()) kinds = rows.text(0);
  return rows.result(kinds.empty() ? std::string(core::first_login_kinds) : std::move(kinds));
}

Result<void> count_late(Connection& connection, const app::Seal& seal, app::Amendments& since) {
  const auto kinds = counted_kinds(connection, seal.id);
  if (!kinds) return std::unexpected(kinds.error());
  Rows rows(connection,
            "SELECT (SELECT count(*) FROM event e JOIN sighting s ON s.event = e.id "
            "WHERE " COUNTERSIGN_LOGIN_OF_SPAN
            " AND s.id >= ?3), (SELECT ifnull(sum(e.count), 0) FROM event e WHERE " COUNTERSIGN_LOGIN_OF_SPAN
            " AND e.id >= ?3), (SELECT ifnull(sum(e.count), 0) FROM event e WHERE " COUNTERSIGN_LOGIN_OF_SPAN
            " AND e.id < ?3 AND NOT is_login(e.action, ?5)), (SELECT ifnull(sum(e.count), 0) FROM event e "
            "WHERE " COUNTERSIGN_LOGIN_OF_SPAN
            " AND e.id < ?3 AND e.judged_at >= ?4), (SELECT count(*) FROM approval a JOIN decision d ON d.approval = "
            "a.id WHERE a.created_at >= ?1 AND a.created_at < ?2 AND d.id >= ?3)",
            seal.from, seal.to, first_id(seal.as_of), seal.as_of, *kinds);
  if (!rows.next()) return rows.failure();
  since.late_lines = rows.integer(0);
  since.late_logins = rows.integer(1);
  since.uncounted = rows.integer(2);
  since.changed_verdicts = rows.integer(3);
  since.decisions = rows.integer(4);
  return {};
}

}  // namespace

Result<app::AuditHead> SqliteView::audit_head() {
  return read_audit_head(connection_);
}

Result<std::optional<std::string>> SqliteView::mark(std::string_view name) {
  return read_mark(connection_, name);
}

Result<std::vector<app::TakenSighting>> SqliteView::taken(Id after, Id before, std::size_t limit) {
  return read_taken(connection_, after, before, limit);
}

Result<std::vector<app::Seal>> SqliteView::seals() {
  std::vector<app::Seal> seals;
  Rows rows(connection_, "SELECT " COUNTERSIGN_SEAL_COLUMNS " FROM seal ORDER BY id DESC");
  while (rows.next())
    seals.push_back(read_seal(rows));
  return rows.result(std::move(seals));
}

Result<std::optional<app::Seal>> SqliteView::seal(Timestamp from, Timestamp to) {
  return read_seal_of(connection_, from, to);
}

Result<std::optional<app::Seal>> SqliteView::seal(Id id) {
  Rows rows(connection_, "SELECT " COUNTERSIGN_SEAL_COLUMNS " FROM seal WHERE id = ?", id);
  std::optional<app::Seal> seal;
  if (rows.next()) seal = read_seal(rows);
  return rows.result(std::move(seal));
}

Result<std::optional<std::string>> SqliteView::sealed_form(Id seal, std::string_view form) {
  Rows rows(connection_, "SELECT body FROM seal_form WHERE seal = ? AND form = ?", seal, form);
  std::optional<std::string> body;
  if (rows.next()) body = rows.text(0);
  return rows.result(std::move(body));
}

Result<app::Amendments> SqliteView::amendments(const app::Seal& seal) {
  app::Amendments since;
  if (auto counted = count_late(connection_, seal, since); !counted) return std::unexpected(counted.error());
  Rows rows(connection_,
            "SELECT " COUNTERSIGN_EVENT_COLUMNS " FROM event e WHERE " COUNTERSIGN_LOGIN_OF_SPAN
            " AND e.id < ?3 AND e.judged_at >= ?4 ORDER BY e.judged_at, e.id LIMIT ?5",
            seal.from, seal.to, first_id(seal.as_of), seal.as_of,
            static_cast<std::int64_t>(app::Amendments::most_listed));
  while (rows.next())
    since.changed.push_back(read_event(rows));
  return rows.result(std::move(since));
}

}  // namespace countersign::store
