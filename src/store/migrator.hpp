// Brings a database to the program's schema: migrations/NNNN_name.sql, forward only, each in a transaction of its own
// and recorded with its SHA-256. Called once at start, on the writer's connection.
#pragma once

#include <span>

#include "base/embedded.hpp"
#include "base/time.hpp"
#include "store/connection.hpp"

namespace countersign::store {

/// `known` is in any order and numbered 1, 2, …. Refuses (Fault::invalid), changing nothing: a file that is another
/// program's, a database newer than the program, a migration changed after it was applied.
Result<void> migrate(Connection& connection, std::span<const Embedded> known, Timestamp now);

}  // namespace countersign::store
