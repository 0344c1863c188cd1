#include "store/expected_rows.hpp"

#include <algorithm>

#include "app/expected_records.hpp"

namespace countersign::store {
namespace {

#define COUNTERSIGN_EXPECTED_COLUMNS \
  "id, trust, person, account, host, network, key, reason, author, via, made_from, starts, ends, ended_at, ended_by"

/// A network that can't be read any more would cover anything: that row is an error.
Result<core::ExpectedChange> read_row(const Rows& rows) {
  core::ExpectedChange change;
  change.id = rows.id(0);
  change.trust = rows.flag(1);
  change.person = rows.text(2);
  change.account = rows.text(3);
  change.host = rows.text(4);
  if (const auto text = rows.text(5); !text.empty()) {
    const auto network = core::Network::parse(text);
    if (!network) return fail(Fault::internal, "expected change {}: {}", to_text(change.id), network.error().message);
    change.network = *network;
  }
  change.key = rows.text(6);
  change.reason = rows.text(7);
  change.author = rows.text(8);
  change.via = rows.text(9);
  change.made_from = rows.id(10);
  change.from = rows.time(11);
  change.until = rows.time(12);
  change.ended_at = rows.maybe_time(13);
  change.ended_by = rows.text(14);
  return change;
}

}  // namespace

Result<std::vector<core::ExpectedChange>> read_expected_changes(Connection& connection, Timestamp after, bool ended) {
  std::vector<core::ExpectedChange> changes;
  const auto read = [&](Rows& rows) -> Result<void> {
    while (rows.next()) {
      auto change = read_row(rows);
      if (!change) return std::unexpected(change.error());
      changes.push_back(*std::move(change));
    }
    return rows.failed() ? rows.failure() : Result<void>();
  };
  Result<void> done;
  if (ended) {
    Rows rows(connection, "SELECT " COUNTERSIGN_EXPECTED_COLUMNS " FROM expected WHERE ends > ? ORDER BY ends, id",
              after);
    done = read(rows);
  } else {
    // At most most_expected are in force at once, and those are the ones that end last.
    Rows rows(connection,
              "SELECT " COUNTERSIGN_EXPECTED_COLUMNS
              " FROM expected WHERE ended_at IS NULL AND ends > ? ORDER BY ends DESC, id DESC LIMIT ?",
              after, static_cast<std::int64_t>(app::most_expected));
    done = read(rows);
    std::ranges::reverse(changes);
  }
  if (!done) return std::unexpected(done.error());
  return changes;
}

Result<std::optional<core::ExpectedChange>> read_expected_change(Connection& connection, Id id) {
  Rows rows(connection, "SELECT " COUNTERSIGN_EXPECTED_COLUMNS " FROM expected WHERE id = ?", id);
  if (!rows.next()) return rows.result(std::optional<core::ExpectedChange>());
  auto change = read_row(rows);
  if (!change) return std::unexpected(change.error());
  return std::optional(*std::move(change));
}

}  // namespace countersign::store
