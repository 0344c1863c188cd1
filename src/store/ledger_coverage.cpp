#include "store/coverage_rows.hpp"
#include "store/ledger.hpp"

namespace countersign::store {
namespace {

/// A witness that fails every minute for years must not fill the disk.
constexpr std::int64_t most_spans = 20'000;

/// The oldest go where there are too many.
Result<void> bound_spans(Connection& connection, std::string_view host, std::string_view witness) {
  return write(connection,
               "DELETE FROM coverage_span WHERE host = ?1 AND witness = ?2 AND from_at <= (SELECT from_at FROM "
               "coverage_span WHERE host = ?1 AND witness = ?2 ORDER BY from_at DESC LIMIT 1 OFFSET ?3)",
               host, witness, most_spans);
}

Result<void> bound_losses(Connection& connection, std::string_view host, std::string_view witness) {
  return write(connection,
               "DELETE FROM coverage_loss WHERE host = ?1 AND witness = ?2 AND from_at <= (SELECT from_at FROM "
               "coverage_loss WHERE host = ?1 AND witness = ?2 ORDER BY from_at DESC LIMIT 1 OFFSET ?3)",
               host, witness, most_spans);
}

}  // namespace

Result<core::Coverage> SqliteLedger::coverage(std::string_view host, std::string_view witness, Timestamp from,
                                              Timestamp until) {
  return read_coverage(connection_, host, witness, from, until);
}

Result<bool> SqliteLedger::connection_started(std::string_view host, std::string_view address, std::int64_t port,
                                              Timestamp from, Timestamp until) {
  return read_connection_started(connection_, host, address, port, from, until);
}

/// Verdicts that rest on what the kernel's witness saw in that span are made anew.
Result<void> SqliteLedger::look_again_at(std::string_view host, std::string_view witness, Timestamp from,
                                         Timestamp until) {
  return witness == "kernel" ? look_again(host, from, until, clock_.now()) : Result<void>();
}

Result<void> SqliteLedger::cover(std::string_view host, std::string_view witness, Timestamp from, Timestamp until) {
  if (from >= until) return {};
  if (auto due = look_again_at(host, witness, from, until); !due) return due;
  // The usual heartbeat: the newest span grows.
  const auto grown = run(connection_,
                         "UPDATE coverage_span SET until_at = ?4 WHERE host = ?1 AND witness = ?2 AND from_at = "
                         "(SELECT max(from_at) FROM coverage_span WHERE host = ?1 AND witness = ?2) AND from_at <= ?3 "
                         "AND until_at >= ?3 AND until_at < ?4",
                         host, witness, from, until);
  if (!grown) return std::unexpected(grown.error());
  if (*grown == 1) return {};

  // Else it becomes one with all that it touches.
  {
    Rows touched(connection_,
                 "SELECT min(from_at), max(until_at) FROM coverage_span WHERE host = ?1 AND witness = ?2 AND from_at "
                 "<= ?4 AND until_at >= ?3",
                 host, witness, from, until);
    if (!touched.next()) return touched.failure();
    if (!touched.null(0)) {
      from = std::min(from, touched.time(0));
      until = std::max(until, touched.time(1));
    }
  }
  if (auto gone = write(connection_,
                        "DELETE FROM coverage_span WHERE host = ? AND witness = ? AND from_at >= ? AND until_at <= ?",
                        host, witness, from, until);
      !gone)
    return gone;
  if (auto added =
          kept(write(connection_, "INSERT INTO coverage_span (host, witness, from_at, until_at) VALUES (?, ?, ?, ?)",
                     host, witness, from, until));
      !added)
    return added;
  return kept(bound_spans(connection_, host, witness));
}

Result<void> SqliteLedger::lose(std::string_view host, std::string_view witness, const app::Loss& loss) {
  if (auto due = look_again_at(host, witness, loss.from, loss.until); !due) return due;
  const auto grown = run(connection_,
                         "UPDATE coverage_loss SET until_at = max(until_at, ?5), lost = lost + ?4 WHERE host = ?1 AND "
                         "witness = ?2 AND why = ?6 AND from_at = (SELECT max(from_at) FROM coverage_loss WHERE host = "
                         "?1 AND witness = ?2 AND why = ?6 AND from_at <= ?3) AND until_at >= ?3",
                         host, witness, loss.from, loss.lost, loss.until, loss.why);
  if (!grown) return std::unexpected(grown.error());
  if (*grown == 1) return {};
  if (auto added = write(connection_,
                         "INSERT INTO coverage_loss (host, witness, from_at, why, until_at, lost) VALUES (?, ?, ?, ?, "
                         "?, ?)",
                         host, witness, loss.from, loss.why, loss.until, loss.lost);
      !added)
    return added;
  return kept(bound_losses(connection_, host, witness));
}

}  // namespace countersign::store
