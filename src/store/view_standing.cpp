#include <algorithm>

#include "core/pager.hpp"
#include "store/approval_rows.hpp"
#include "store/counters.hpp"
#include "store/list_sql.hpp"
#include "store/meta.hpp"
#include "store/pass_rows.hpp"
#include "store/view.hpp"

namespace countersign::store {

Result<app::Standing> SqliteView::standing(Timestamp now) {
  app::Standing standing;
  {
    Rows rows(connection_,
              "SELECT (SELECT min(owed_since) FROM notification WHERE owed IS NOT NULL), "
              "(SELECT count(*) FROM notification WHERE owed IS NOT NULL), "
              "(SELECT count(*) FROM notification WHERE state = 2), "
              "(SELECT count(*) FROM approval WHERE state = 0), (SELECT kept FROM quarantine_total)");
    if (!rows.next()) return rows.failure();
    if (const auto oldest = rows.maybe_time(0); oldest && *oldest <= now) standing.oldest_owed = oldest;
    standing.owed = rows.integer(1);
    standing.failed = rows.integer(2);
    standing.pending_approvals = rows.integer(3);
    standing.quarantined = rows.integer(4);
  }
  {
    Rows rows(connection_,
              "SELECT error FROM notification WHERE owed IS NOT NULL AND owed_since <= ? AND failures > 0 "
              "ORDER BY owed_since LIMIT 1",
              now);
    if (rows.next()) standing.oldest_error = rows.text(0);
    if (rows.failed()) return rows.failure();
  }
  {
    const auto file = core::pager_target(core::head_file);
    const auto webhook = core::pager_target(core::head_webhook);
    Rows rows(
        connection_,
        "SELECT substr(target, 7), max(error), count(*) FROM notification WHERE owed IS NOT NULL AND target IN (?, "
        "?) AND failures > 0 GROUP BY target",
        file, webhook);
    while (rows.next())
      standing.unpublished.push_back({rows.text(0), rows.text(1), rows.integer(2)});
    if (rows.failed()) return rows.failure();
  }
  auto counters = read_counters(connection_);
  if (!counters) return std::unexpected(counters.error());
  standing.counters = *std::move(counters);
  return standing;
}

Result<std::vector<app::AuditEntry>> SqliteView::audit(Id after, std::size_t limit) {
  std::vector<app::AuditEntry> entries;
  Rows rows(connection_, "SELECT id, at, kind, actor, detail, hash FROM audit WHERE id > ? ORDER BY id LIMIT ?", after,
            static_cast<std::int64_t>(std::min(limit, most_rows)));
  while (rows.next())
    entries.push_back({rows.id(0), rows.time(1), rows.text(2), rows.text(3), rows.text(4), rows.text(5)});
  return rows.result(std::move(entries));
}

Result<std::vector<app::Notification>> SqliteView::told(std::size_t limit) {
  std::vector<app::Notification> told;
  Rows rows(connection_,
            "SELECT " COUNTERSIGN_NOTIFICATION_COLUMNS
            " FROM notification WHERE approval IS NULL AND target = 'security_channel' ORDER BY id DESC LIMIT ?",
            static_cast<std::int64_t>(limit));
  while (rows.next())
    told.push_back(read_notification(rows));
  return rows.result(std::move(told));
}

Result<std::string> SqliteView::audit_chain() {
  auto chain = read_meta(connection_, "audit_chain");
  if (!chain) return std::unexpected(chain.error());
  return chain->value_or("");
}

Result<std::optional<app::Pass>> SqliteView::pass(std::string_view digest) {
  return read_pass(connection_, digest);
}

}  // namespace countersign::store
