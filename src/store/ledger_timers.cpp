#include "store/codes.hpp"
#include "store/ledger.hpp"

namespace countersign::store {

Result<void> SqliteLedger::add(const app::Timer& timer) {
  changed_.timers = true;
  return write(connection_, "INSERT INTO timer (at, id, approval, kind) VALUES (?, ?, ?, ?)", timer.due.at, timer.id,
               timer.approval, code(timer.due.kind));
}

Result<void> SqliteLedger::cancel_timers(Id approval) {
  return write(connection_, "DELETE FROM timer WHERE approval = ?", approval);
}

Result<std::vector<app::Timer>> SqliteLedger::take_due_timers(Timestamp now, std::size_t limit) {
  std::vector<app::Timer> due;
  {
    Rows rows(connection_, "SELECT id, approval, kind, at FROM timer WHERE at <= ? ORDER BY at, id LIMIT ?", now,
              static_cast<std::int64_t>(limit));
    while (rows.next())
      due.push_back({rows.id(0), rows.id(1), {word<core::TimerKind>(rows.integer(2)), rows.time(3)}});
    if (rows.failed()) return rows.failure();
  }
  for (const auto& timer : due)
    if (auto gone = kept(write(connection_, "DELETE FROM timer WHERE at = ? AND id = ?", timer.due.at, timer.id));
        !gone)
      return std::unexpected(gone.error());
  return due;
}

Result<std::optional<Timestamp>> SqliteLedger::next_timer() {
  Rows rows(connection_, "SELECT min(at) FROM timer");
  std::optional<Timestamp> next;
  if (rows.next()) next = rows.maybe_time(0);
  return rows.result(next);
}

}  // namespace countersign::store
