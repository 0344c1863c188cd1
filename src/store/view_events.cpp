#include <algorithm>

#include "store/event_rows.hpp"
#include "store/list_sql.hpp"
#include "store/query_sql.hpp"
#include "store/view.hpp"

namespace countersign::store {
namespace {

Result<ListSql> where(const app::EventFilter& filter) {
  ListSql sql;
  if (filter.query.kind == core::Query::Kind::both) {  // apart, so that each may use an index
    for (const auto& operand : filter.query.operands) {
      auto condition = to_sql(operand);
      sql.where(condition.sql);
      sql.bind(std::move(condition.parameters));
    }
  } else if (filter.query.kind != core::Query::Kind::all) {
    auto condition = to_sql(filter.query);
    sql.where(condition.sql);
    sql.bind(std::move(condition.parameters));
  }
  if (!filter.source.empty())
    sql.where("EXISTS (SELECT 1 FROM sighting s WHERE s.event = e.id AND s.source = ?)", filter.source);
  sql.from_to("e.time", filter.from, filter.to);
  if (auto after = sql.after('e', "e.time", filter.cursor); !after) return std::unexpected(after.error());
  return sql;
}

std::optional<core::ApprovalState> approval_state(const app::StoredEvent& stored) {
  if (!stored.approval) return std::nullopt;
  return stored.state;
}

}  // namespace

Result<app::Page<app::ListedEvent>> SqliteView::events(const app::EventFilter& filter) {
  const auto sql = where(filter);
  if (!sql) return std::unexpected(sql.error());
  const auto limit = std::clamp<std::size_t>(filter.limit, 1, most_rows);
  std::vector<app::StoredEvent> found;
  {
    Rows rows(connection_, sql->select(COUNTERSIGN_EVENT_COLUMNS, "event", "e.time", limit + 1), sql->parameters());
    while (rows.next())
      found.push_back(read_event(rows));
    if (rows.failed()) return rows.failure();
  }
  app::Page<app::ListedEvent> page;
  if (found.size() > limit) {
    found.pop_back();
    page.next_cursor = to_cursor('e', {to_micros(found.back().event.time), found.back().id.value});
  }
  if (auto read = read_more(connection_, found); !read) return std::unexpected(read.error());
  page.rows.reserve(found.size());
  for (auto& stored : found) {
    const auto state = approval_state(stored);
    page.rows.push_back({std::move(stored), state});
  }
  return page;
}

Result<app::StoredEvent> SqliteView::event(Id id) {
  std::vector<app::StoredEvent> found;
  {
    Rows rows(connection_, "SELECT " COUNTERSIGN_EVENT_COLUMNS " FROM event e WHERE e.id = ?", id);
    if (rows.next()) found.push_back(read_event(rows));
    if (rows.failed()) return rows.failure();
  }
  if (found.empty()) return fail(Fault::not_found, "there is no event {}", to_text(id));
  if (auto read = read_more(connection_, found); !read) return std::unexpected(read.error());
  if (auto read = read_sightings(connection_, found); !read) return std::unexpected(read.error());
  return std::move(found.front());
}

}  // namespace countersign::store
