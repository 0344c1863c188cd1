#include <algorithm>

#include "store/approval_rows.hpp"
#include "store/cursor.hpp"
#include "store/list_sql.hpp"
#include "store/meta.hpp"
#include "store/view.hpp"

namespace countersign::store {
namespace {

constexpr char feed_list = 'f';

// What was asked about stands where it came; what was asked about later, where it was asked.
#define COUNTERSIGN_ASKED                                                                                  \
  "SELECT id, NULL, 'asked', '', '', id, approval FROM event WHERE approval IS NOT NULL AND id > ?1 AND "  \
  "NOT EXISTS (SELECT 1 FROM unasked u WHERE u.event = event.id) UNION ALL "                               \
  "SELECT u.asked, NULL, 'asked', '', '', e.id, e.approval FROM unasked u JOIN event e ON e.id = u.event " \
  "WHERE u.asked > ?1"

/// What tells this store's cursors from another's.
Result<std::int64_t> store_mark(Connection& connection) {
  const auto chain = read_meta(connection, "audit_chain");
  if (!chain) return std::unexpected(chain.error());
  std::int64_t mark = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(7, chain->value_or("").size()); ++i)
    mark = mark << 8 | static_cast<unsigned char>((**chain)[i]);
  return mark;
}

Result<std::int64_t> newest_fed(Connection& connection) {
  Rows rows(connection,
            "SELECT max(ifnull((SELECT max(id) FROM event WHERE approval IS NOT NULL), 0), "
            "ifnull((SELECT max(asked) FROM unasked WHERE asked IS NOT NULL), 0), "
            "ifnull((SELECT max(id) FROM audit WHERE kind IN ('decision', 'verdict')), 0))");
  if (!rows.next()) return rows.failure();
  return rows.integer(0);
}

Result<std::int64_t> place_of(Connection& connection, std::int64_t mark, std::string_view cursor) {
  if (cursor.empty()) return 0;
  const auto place = parse_cursor(feed_list, cursor);
  if (!place)
    return fail(Fault::invalid, "not a cursor of the feed: give the one of the last answer as it came, or none");
  if (place->time != mark) return fail(Fault::invalid, "this cursor is another store's: begin again without one");
  const auto newest = newest_fed(connection);
  if (!newest) return newest;
  if (place->id > *newest)
    return fail(Fault::invalid,
                "this cursor is ahead of the store, which was put back to an older copy: begin again without one");
  return place->id;
}

}  // namespace

Result<app::FeedRows> SqliteView::feed(std::string_view cursor, std::size_t limit) {
  const auto mark = store_mark(connection_);
  if (!mark) return std::unexpected(mark.error());
  const auto after = place_of(connection_, *mark, cursor);
  if (!after) return std::unexpected(after.error());
  const auto wanted = std::clamp<std::size_t>(limit, 1, most_rows);
  app::FeedRows page;
  Rows rows(connection_,
            COUNTERSIGN_ASKED
            " UNION ALL SELECT id, at, kind, actor, detail, 0, 0 FROM audit "
            "WHERE kind IN ('decision', 'verdict') AND id > ?1 ORDER BY 1 LIMIT ?2",
            *after, static_cast<std::int64_t>(wanted + 1));
  while (rows.next())
    page.rows.push_back({rows.id(0), rows.maybe_time(1).value_or(time_of(rows.id(0))), rows.text(2), rows.text(3),
                         rows.text(4), rows.id(5), rows.id(6), to_cursor(feed_list, {*mark, rows.integer(0)})});
  if (rows.failed()) return rows.failure();
  page.more = page.rows.size() > wanted;
  if (page.more) page.rows.pop_back();
  page.cursor = page.rows.empty() ? to_cursor(feed_list, {*mark, *after}) : page.rows.back().cursor;
  return page;
}

Result<std::string> SqliteView::feed_end() {
  const auto mark = store_mark(connection_);
  if (!mark) return std::unexpected(mark.error());
  const auto newest = newest_fed(connection_);
  if (!newest) return std::unexpected(newest.error());
  return to_cursor(feed_list, {*mark, *newest});
}

Result<app::FeedBacklog> SqliteView::feed_backlog(std::string_view mark) {
  std::string cursor;
  {
    Rows rows(connection_, "SELECT value FROM mark WHERE name = ?", mark);
    if (rows.next())
      cursor = rows.text(0);
    else if (rows.failed())
      return rows.failure();
    else
      return app::FeedBacklog{};  // it has not begun
  }
  const auto store = store_mark(connection_);
  if (!store) return std::unexpected(store.error());
  const auto after = place_of(connection_, *store, cursor);
  if (!after) return std::unexpected(after.error());
  Rows rows(
      connection_,
      "SELECT count(*), min(id) FROM (" COUNTERSIGN_ASKED
      " UNION ALL SELECT id, at, kind, '', '', 0, 0 FROM audit WHERE kind IN ('decision', 'verdict') AND id > ?1)",
      *after);
  if (!rows.next()) return rows.failure();
  app::FeedBacklog backlog{.waiting = rows.integer(0), .oldest = {}};
  if (backlog.waiting > 0) backlog.oldest = time_of(rows.id(1));
  return backlog;
}

Result<core::Approval> SqliteView::approval_alone(Id id) {
  return read_approval(connection_, id);
}

}  // namespace countersign::store
