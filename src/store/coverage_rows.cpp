#include "store/coverage_rows.hpp"

#include <algorithm>

namespace countersign::store {
namespace {

struct Span {
  Timestamp from{}, until{};
};

/// Configured hosts and joined agents owe a kernel stream; the other classes count from their first batch.
Result<bool> read_enrolled(Connection& connection, std::string_view host, std::string_view witness) {
  Rows rows(connection,
            "SELECT (?2 = 'kernel' AND (EXISTS (SELECT 1 FROM agent_host WHERE host = ?1) OR EXISTS (SELECT 1 FROM "
            "agent WHERE host = ?1 AND public_key IS NOT NULL AND removed_at IS NULL))) OR EXISTS (SELECT 1 FROM "
            "agent_stream s JOIN agent a ON a.host = s.host AND a.id = s.agent WHERE s.host = ?1 AND s.witness = ?2 "
            "AND a.removed_at IS NULL AND (a.public_key IS NOT NULL OR EXISTS (SELECT 1 FROM agent_host h WHERE "
            "h.host = a.host)))",
            host, witness);
  if (!rows.next()) return rows.failure();
  return rows.flag(0);
}

Result<Timestamp> read_covered_until(Connection& connection, std::string_view host, std::string_view witness) {
  Rows rows(connection,
            "SELECT max(ifnull((SELECT max(until_at) FROM coverage_span WHERE host = ?1 AND witness = ?2 AND from_at = "
            "(SELECT max(from_at) FROM coverage_span WHERE host = ?1 AND witness = ?2)), 0), "
            "ifnull((SELECT max(until_at) FROM coverage_loss WHERE host = ?1 AND witness = ?2), 0))",
            host, witness);
  if (!rows.next()) return rows.failure();
  return rows.time(0);
}

/// Those that touch [from, until), oldest first. Spans never overlap, so the last that begins before `from` is enough.
Result<std::vector<Span>> read_spans(Connection& connection, std::string_view host, std::string_view witness,
                                     Timestamp from, Timestamp until) {
  std::vector<Span> spans;
  Rows rows(connection,
            "SELECT from_at, until_at FROM coverage_span WHERE host = ?1 AND witness = ?2 AND from_at >= "
            "ifnull((SELECT max(from_at) FROM coverage_span WHERE host = ?1 AND witness = ?2 AND from_at <= ?3), ?3) "
            "AND from_at < ?4 AND until_at > ?3 ORDER BY from_at",
            host, witness, from, until);
  while (rows.next())
    spans.push_back({rows.time(0), rows.time(1)});
  return rows.result(std::move(spans));
}

Result<std::vector<core::Gap>> read_losses(Connection& connection, std::string_view host, std::string_view witness,
                                           Timestamp from, Timestamp until) {
  std::vector<core::Gap> losses;
  Rows rows(connection,
            "SELECT from_at, until_at, lost, why FROM coverage_loss WHERE host = ? AND witness = ? AND from_at < ? AND "
            "until_at > ? ORDER BY from_at",
            host, witness, until, from);
  while (rows.next())
    losses.push_back({rows.time(0), rows.time(1), rows.integer(2), rows.text(3)});
  return rows.result(std::move(losses));
}

/// What no span and no loss accounts for: the witness said nothing at all.
void add_silences(std::vector<core::Gap>& gaps, std::vector<Span> known, Timestamp from, Timestamp until,
                  bool spoke_before) {
  std::ranges::sort(known, {}, &Span::from);
  auto reached = from;
  const auto silent = [&](Timestamp end) {
    const bool first = reached == from && !spoke_before;
    gaps.push_back({reached, end, 0, first ? "before the agent's first batch" : "the agent was silent"});
  };
  for (const auto& span : known) {
    if (span.from > reached) silent(std::min(span.from, until));
    reached = std::max(reached, span.until);
  }
  if (reached < until) silent(until);
}

Result<bool> spoke_before(Connection& connection, std::string_view host, std::string_view witness, Timestamp at) {
  Rows rows(connection,
            "SELECT EXISTS (SELECT 1 FROM coverage_span WHERE host = ?1 AND witness = ?2 AND from_at < ?3) OR EXISTS "
            "(SELECT 1 FROM coverage_loss WHERE host = ?1 AND witness = ?2 AND from_at < ?3)",
            host, witness, at);
  if (!rows.next()) return rows.failure();
  return rows.flag(0);
}

}  // namespace

Result<core::Coverage> read_coverage(Connection& connection, std::string_view host, std::string_view witness,
                                     Timestamp from, Timestamp until) {
  core::Coverage coverage;
  const auto enrolled = read_enrolled(connection, host, witness);
  if (!enrolled) return std::unexpected(enrolled.error());
  coverage.enrolled = *enrolled;
  const auto covered = read_covered_until(connection, host, witness);
  if (!covered) return std::unexpected(covered.error());
  coverage.covered_until = *covered;
  const auto known_until = std::min(until, *covered);  // what comes later is not known yet
  if (from >= known_until) return coverage;

  const auto spans = read_spans(connection, host, witness, from, known_until);
  if (!spans) return std::unexpected(spans.error());
  auto losses = read_losses(connection, host, witness, from, known_until);
  if (!losses) return std::unexpected(losses.error());
  const auto before = spoke_before(connection, host, witness, from);
  if (!before) return std::unexpected(before.error());
  auto accounted = *spans;
  for (const auto& loss : *losses)
    accounted.push_back({loss.from, loss.until});
  coverage.gaps = *std::move(losses);
  add_silences(coverage.gaps, std::move(accounted), from, known_until, *before);
  std::ranges::sort(coverage.gaps, {}, &core::Gap::from);
  return coverage;
}

Result<bool> read_connection_started(Connection& connection, std::string_view host, std::string_view address,
                                     std::int64_t port, Timestamp from, Timestamp until) {
  Rows rows(connection,
            "SELECT EXISTS (SELECT 1 FROM event INDEXED BY event_connection WHERE action = 'ssh_connection_start' AND "
            "address = ? AND port = ? AND time BETWEEN ? AND ? AND host = ? AND EXISTS (SELECT 1 FROM sighting s WHERE "
            "s.event = event.id AND s.witness = 'kernel'))",
            address, port, from, until, host);
  if (!rows.next()) return rows.failure();
  return rows.flag(0);
}

}  // namespace countersign::store
