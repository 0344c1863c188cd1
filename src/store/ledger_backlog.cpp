#include "store/codes.hpp"
#include "store/ledger.hpp"

namespace countersign::store {

Result<app::Backlog> SqliteLedger::backlog(Timestamp now) {
  app::Backlog backlog;
  {
    // A bare column beside min() is of the row that has the minimum (sqlite.org/lang_select.html#bareagg).
    Rows rows(connection_,
              "SELECT count(*), min(owed_since), id FROM notification "
              "WHERE owed IS NOT NULL AND owed_since <= ? AND target " COUNTERSIGN_NO_PAGER,
              now);
    if (!rows.next()) return rows.failure();
    backlog.waiting = rows.integer(0);
    backlog.since = rows.maybe_time(1);
    backlog.first = rows.id(2);
  }
  if (backlog.waiting == 0) return backlog;
  Rows rows(connection_,
            "SELECT error FROM notification WHERE owed IS NOT NULL AND owed_since <= ? AND failures > 0 AND "
            "target " COUNTERSIGN_NO_PAGER " ORDER BY owed_since LIMIT 1",
            now);
  if (rows.next()) backlog.error = rows.text(0);
  return rows.result(std::move(backlog));
}

Result<bool> SqliteLedger::taken_since(Id first, Timestamp at) {
  Rows rows(connection_,
            "SELECT EXISTS (SELECT 1 FROM notification WHERE id >= ? AND edited_at >= ? AND "
            "target " COUNTERSIGN_NO_PAGER ")",
            first, at);
  if (!rows.next()) return rows.failure();
  return rows.flag(0);
}

}  // namespace countersign::store
