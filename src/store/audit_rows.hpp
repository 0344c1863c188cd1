// What the audit chain's round and sealed reports read, alike on the writer's connection and on a reader's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/audit_records.hpp"
#include "store/rows.hpp"

namespace countersign::store {

Result<app::AuditHead> read_audit_head(Connection& connection);
Result<std::optional<std::string>> read_mark(Connection& connection, std::string_view name);
Result<std::vector<app::TakenSighting>> read_taken(Connection& connection, Id after, Id before, std::size_t limit);

/// The columns read_seal() reads.
#define COUNTERSIGN_SEAL_COLUMNS "id, from_at, to_at, as_of, made_by, waiting, head, entries, digest"
app::Seal read_seal(const Rows& rows);
Result<std::optional<app::Seal>> read_seal_of(Connection& connection, Timestamp from, Timestamp to);

}  // namespace countersign::store
