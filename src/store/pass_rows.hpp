// Passes as they come back from the database.
#pragma once

#include "app/rows.hpp"
#include "store/rows.hpp"

namespace countersign::store {

/// Expired or not; nullopt where there is none.
Result<std::optional<app::Pass>> read_pass(Connection& connection, std::string_view digest);

}  // namespace countersign::store
