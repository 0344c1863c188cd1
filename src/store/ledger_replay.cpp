#include "core/shape.hpp"
#include "store/ledger.hpp"
#include "store/quarantine_rows.hpp"

namespace countersign::store {
namespace {

// What quarantine may take; past that the oldest of the most numerous shape goes, so that a flood drops itself first.
constexpr std::int64_t most_kept = 100'000, most_bytes = 256 << 20, most_shapes = 10'000;
constexpr std::string_view shape_of_others = "(of more shapes than are told apart)";

Result<Id> shape_id(Connection& connection, const app::Quarantined& message) {
  auto shape = core::shape_of(message.message);
  {
    Rows known(connection, "SELECT 1 FROM quarantine_shape WHERE program = ? AND shape = ?", message.program, shape);
    const bool is_known = known.next();
    if (known.failed()) return known.failure();
    if (!is_known) {
      Rows newest(connection, "SELECT ifnull(max(id), 0) FROM quarantine_shape");
      if (!newest.next()) return newest.failure();
      if (newest.integer(0) >= most_shapes) shape = shape_of_others;
    }
  }
  const std::string program = shape == shape_of_others ? std::string() : message.program;
  Rows rows(connection,
            "INSERT INTO quarantine_shape (program, shape, why, n, kept, dropped, first_at, last_at) "
            "VALUES (?, ?, ?, 1, 0, 0, ?, ?) ON CONFLICT (program, shape) DO UPDATE SET n = n + 1, why = excluded.why, "
            "first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at) RETURNING id",
            program, shape, message.why, message.time, message.time);
  if (!rows.next()) return rows.failure();
  return rows.id(0);
}

Result<bool> over_full(Connection& connection) {
  Rows rows(connection, "SELECT kept, bytes FROM quarantine_total");
  if (!rows.next()) return rows.failure();
  return rows.integer(0) > most_kept || rows.integer(1) > most_bytes;
}

/// Drops one message of the shape that has most; how many were dropped.
Result<std::int64_t> drop_one(Connection& connection) {
  Id shape;
  {
    Rows rows(connection, "SELECT id FROM quarantine_shape WHERE kept > 0 ORDER BY kept DESC LIMIT 1");
    if (!rows.next()) return rows.failed() ? Result<std::int64_t>(rows.failure()) : 0;
    shape = rows.id(0);
  }
  auto gone =
      run(connection,
          "DELETE FROM quarantined WHERE id = (SELECT id FROM quarantined WHERE shape = ? ORDER BY id LIMIT 1)", shape);
  if (!gone) return gone;
  if (auto counted = write(connection, "UPDATE quarantine_shape SET dropped = dropped + 1 WHERE id = ?", shape);
      !counted)
    return std::unexpected(counted.error());
  return *gone;
}

}  // namespace

Result<bool> SqliteLedger::quarantine(const app::Quarantined& message) {
  {
    Rows known(connection_,
               "SELECT 1 FROM quarantined WHERE source = ? AND provider_id = ? AND digest = ? AND provider_id <> ''",
               message.source, message.provider_id, Blob{message.digest});
    if (!message.provider_id.empty() && known.next()) return false;
    if (known.failed()) return known.failure();
  }
  const auto shape = shape_id(connection_, message);
  if (!shape) return std::unexpected(shape.error());
  const auto writer = message.writer.value_or(core::Writer());
  if (auto added = write(connection_,
                         "INSERT INTO quarantined (" COUNTERSIGN_QUARANTINED_COLUMNS
                         ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                         message.id, message.source, message.host, message.program, message.message, message.why,
                         message.time, message.received_at, message.pid, message.provider_id, Blob{message.digest},
                         message.witness, static_cast<int>(message.replay), *shape, message.arrival_stamped,
                         message.writer.has_value(), writer.comm, writer.exe, writer.uid);
      !added)
    return std::unexpected(kept(added).error());
  for (auto full = over_full(connection_); full && *full; full = over_full(connection_)) {
    const auto dropped = drop_one(connection_);
    if (!dropped) return std::unexpected(kept(std::unexpected(dropped.error())).error());
    if (*dropped == 0) break;
    if (auto counted = count("quarantine.dropped", *dropped, message.received_at); !counted)
      return std::unexpected(counted.error());
  }
  return true;
}

Result<std::vector<app::Quarantined>> SqliteLedger::to_replay(const app::QuarantineFilter& filter, Id after, Id until,
                                                              std::size_t limit) {
  std::vector<app::Quarantined> messages;
  Rows rows(connection_,
            "SELECT " COUNTERSIGN_QUARANTINED_COLUMNS
            " FROM quarantined WHERE id > ?1 AND id <= ?2 AND replay <> 0 AND (?3 = '' OR program = ?3) "
            "AND (?4 IS NULL OR shape = ?4) ORDER BY id LIMIT ?5",
            after, until, filter.program, filter.shape, static_cast<std::int64_t>(limit));
  while (rows.next())
    messages.push_back(read_quarantined(rows));
  return rows.result(std::move(messages));
}

Result<void> SqliteLedger::leave_quarantine(Id message) {
  return write(connection_, "DELETE FROM quarantined WHERE id = ?", message);
}

}  // namespace countersign::store
