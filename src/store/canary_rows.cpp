#include "store/canary_rows.hpp"

#define COUNTERSIGN_CANARY_COLUMNS                                                                                   \
  "id, host, user, key, started_at, within, kernel_owed, login_at, login_error, event, log_at, kernel_at, verdict, " \
  "verdict_at, message, message_at, finished_at"

namespace countersign::store {
namespace {

Result<std::vector<core::CanaryRun>> read_runs(Rows rows) {
  std::vector<core::CanaryRun> runs;
  while (rows.next())
    runs.push_back({.id = rows.id(0),
                    .host = rows.text(1),
                    .user = rows.text(2),
                    .key = rows.text(3),
                    .started_at = rows.time(4),
                    .within = Duration(rows.integer(5)),
                    .kernel_owed = rows.flag(6),
                    .login_at = rows.maybe_time(7),
                    .login_error = rows.text(8),
                    .event = rows.id(9),
                    .log_at = rows.maybe_time(10),
                    .kernel_at = rows.maybe_time(11),
                    .verdict = rows.text(12),
                    .verdict_at = rows.maybe_time(13),
                    .message = rows.id(14),
                    .message_at = rows.maybe_time(15),
                    .finished_at = rows.maybe_time(16)});
  return rows.result(std::move(runs));
}

}  // namespace

Result<std::vector<core::CanaryRun>> newest_canary_runs(Connection& connection) {
  return read_runs(Rows(connection,
                        "SELECT " COUNTERSIGN_CANARY_COLUMNS
                        " FROM canary_run WHERE id IN (SELECT max(id) FROM canary_run GROUP BY host) ORDER BY host"));
}

Result<std::vector<core::CanaryRun>> unfinished_canary_runs(Connection& connection) {
  return read_runs(
      Rows(connection, "SELECT " COUNTERSIGN_CANARY_COLUMNS " FROM canary_run WHERE finished_at IS NULL ORDER BY id"));
}

}  // namespace countersign::store
