#include <algorithm>

#include "store/approval_rows.hpp"
#include "store/codes.hpp"
#include "store/event_rows.hpp"
#include "store/list_sql.hpp"
#include "store/view.hpp"

namespace countersign::store {
namespace {

constexpr std::size_t most_events = 1000;  // of one approval; approval.events has them all

Result<ListSql> where(const app::ApprovalFilter& filter) {
  ListSql sql;
  // Not parameters, but numbers and constants of ours: so that the partial indexes serve.
  if (filter.state) sql.where(fmt::format("e.state = {}", code(*filter.state)));
  if (!filter.kind.empty()) sql.where("e.kind = ?", filter.kind);
  if (!filter.person.empty()) sql.where("e.person <> '' AND e.person = ?", filter.person);
  if (!filter.addressed_to.empty()) sql.where("e.addressed_to = ?", filter.addressed_to);
  if (!filter.source.empty())
    sql.where(
        "EXISTS (SELECT 1 FROM event v JOIN sighting s ON s.event = v.id WHERE v.approval = e.id AND s.source = ?)",
        filter.source);
  sql.from_to("e.created_at", filter.from, filter.to);
  if (auto after = sql.after('a', "e.created_at", filter.cursor); !after) return std::unexpected(after.error());
  return sql;
}

Result<app::FullApproval> read_full(Connection& connection, Id id) {
  app::FullApproval full;
  auto approval = read_approval(connection, id);
  if (!approval) return std::unexpected(approval.error());
  full.approval = *std::move(approval);
  auto events = events_of(connection, id, most_events);
  if (!events) return std::unexpected(events.error());
  full.events = *std::move(events);
  if (auto read = read_sightings(connection, full.events); !read) return std::unexpected(read.error());
  auto notifications = notifications_of(connection, id);
  if (!notifications) return std::unexpected(notifications.error());
  full.notifications = *std::move(notifications);
  return full;
}

}  // namespace

Result<app::Page<app::FullApproval>> SqliteView::approvals(const app::ApprovalFilter& filter) {
  const auto sql = where(filter);
  if (!sql) return std::unexpected(sql.error());
  const auto limit = std::clamp<std::size_t>(filter.limit, 1, most_rows);
  std::vector<Place> places;
  {
    Rows rows(connection_,
              sql->select("e.created_at, e.id", "approval", "e.created_at", limit + 1, filter.oldest_first),
              sql->parameters());
    while (rows.next())
      places.push_back({rows.integer(0), rows.integer(1)});
    if (rows.failed()) return rows.failure();
  }
  app::Page<app::FullApproval> page;
  if (places.size() > limit) {
    places.pop_back();
    if (!filter.oldest_first) page.next_cursor = to_cursor('a', places.back());
  }
  for (const auto& place : places) {
    auto full = read_full(connection_, Id{place.id});
    if (!full) return std::unexpected(full.error());
    page.rows.push_back(*std::move(full));
  }
  return page;
}

Result<std::int64_t> SqliteView::pending_of(std::string_view person) {
  Rows rows(connection_, "SELECT count(*) FROM approval WHERE state = 0 AND person <> '' AND person = ?", person);
  std::int64_t count = 0;
  if (rows.next()) count = rows.integer(0);
  return rows.result(std::move(count));
}

Result<app::FullApproval> SqliteView::approval(Id id) {
  return read_full(connection_, id);
}

}  // namespace countersign::store
