// Canaries' runs as they come back from the database.
#pragma once

#include <vector>

#include "core/canary.hpp"
#include "store/rows.hpp"

namespace countersign::store {

/// The newest run of each host, by host.
Result<std::vector<core::CanaryRun>> newest_canary_runs(Connection& connection);
/// Those that are not finished, oldest first.
Result<std::vector<core::CanaryRun>> unfinished_canary_runs(Connection& connection);

}  // namespace countersign::store
