#include "store/event_rows.hpp"
#include "store/expected_rows.hpp"
#include "store/ledger.hpp"

namespace countersign::store {

Result<std::vector<core::ExpectedChange>> SqliteLedger::expected_changes(Timestamp after, bool ended) {
  return read_expected_changes(connection_, after, ended);
}

Result<std::optional<core::ExpectedChange>> SqliteLedger::expected_change(Id id) {
  return read_expected_change(connection_, id);
}

Result<void> SqliteLedger::add(const core::ExpectedChange& change) {
  const auto network = change.network ? change.network->text() : std::string();
  const auto made_from = change.made_from ? std::optional(change.made_from) : std::nullopt;
  const auto starts = change.from.value_or(clock_.now());
  return write(connection_,
               "INSERT INTO expected (id, trust, person, account, host, network, key, reason, author, via, made_from, "
               "starts, ends, ended_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')",
               change.id, change.trust, change.person, change.account, change.host, network, change.key, change.reason,
               change.author, change.via, made_from, starts, change.until);
}

Result<void> SqliteLedger::end_expected(Id id, Timestamp at, std::string_view by) {
  const auto changed =
      run(connection_, "UPDATE expected SET ended_at = ?, ended_by = ? WHERE id = ? AND ended_at IS NULL", at, by, id);
  if (!changed) return std::unexpected(changed.error());
  if (*changed == 0) return fail(Fault::conflict, "expected change {} is over already", to_text(id));
  return {};
}

Result<std::vector<app::StoredEvent>> SqliteLedger::asked_events(Id approval, std::size_t limit) {
  return events_of(connection_, approval, limit);
}

}  // namespace countersign::store
