// Expected changes as they come back from the database.
#pragma once

#include <optional>
#include <vector>

#include "core/expected.hpp"
#include "store/rows.hpp"

namespace countersign::store {

/// app::ExpectedRecords::expected_changes.
Result<std::vector<core::ExpectedChange>> read_expected_changes(Connection& connection, Timestamp after, bool ended);
/// app::ExpectedRecords::expected_change.
Result<std::optional<core::ExpectedChange>> read_expected_change(Connection& connection, Id id);

}  // namespace countersign::store
