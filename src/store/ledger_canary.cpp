#include "store/canary_rows.hpp"
#include "store/event_rows.hpp"
#include "store/ledger.hpp"

namespace countersign::store {
namespace {

constexpr std::int64_t most_runs = 100;  // of one host

std::optional<Id> or_null(Id id) {
  return id ? std::optional(id) : std::nullopt;
}

}  // namespace

Result<std::vector<core::CanaryRun>> SqliteLedger::canary_runs() {
  return newest_canary_runs(connection_);
}

Result<std::vector<core::CanaryRun>> SqliteLedger::open_canary_runs() {
  return unfinished_canary_runs(connection_);
}

Result<void> SqliteLedger::put(const core::CanaryRun& run) {
  if (auto written =
          write(connection_,
                "INSERT OR REPLACE INTO canary_run (id, host, user, key, started_at, within, kernel_owed, login_at, "
                "login_error, event, log_at, kernel_at, verdict, verdict_at, message, message_at, finished_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                run.id, run.host, run.user, run.key, run.started_at, run.within.count(), run.kernel_owed, run.login_at,
                run.login_error, or_null(run.event), run.log_at, run.kernel_at, run.verdict, run.verdict_at,
                or_null(run.message), run.message_at, run.finished_at);
      !written)
    return written;
  return kept(write(connection_,
                    "DELETE FROM canary_run WHERE host = ?1 AND id < (SELECT id FROM canary_run WHERE host = ?1 "
                    "ORDER BY id DESC LIMIT 1 OFFSET ?2)",
                    run.host, most_runs - 1));
}

Result<std::optional<app::StoredEvent>> SqliteLedger::canary_login(const core::CanaryRun& run) {
  std::optional<Id> found;
  {
    Rows rows(connection_,
              "SELECT id FROM event WHERE id > ? AND host = ? AND user = ? AND (key = ? OR key = '') AND "
              "action = 'ssh_login' AND outcome <> 'failure' ORDER BY id LIMIT 1",
              run.id, run.host, run.user, run.key);
    if (rows.next()) found = rows.id(0);
    if (rows.failed()) return rows.failure();
  }
  if (!found) return std::nullopt;
  auto event = login(*found);
  if (!event) return std::unexpected(event.error());
  return *std::move(event);
}

}  // namespace countersign::store
