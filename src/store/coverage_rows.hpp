// What a witness could see, as spans and losses in the database: the same reading for Ledger and View.
#pragma once

#include <string_view>

#include "core/coverage.hpp"
#include "store/rows.hpp"

namespace countersign::store {

/// See app::CoverageRecords::coverage.
Result<core::Coverage> read_coverage(Connection& connection, std::string_view host, std::string_view witness,
                                     Timestamp from, Timestamp until);

/// See app::ConnectionRecords::connection_started.
Result<bool> read_connection_started(Connection& connection, std::string_view host, std::string_view address,
                                     std::int64_t port, Timestamp from, Timestamp until);

}  // namespace countersign::store
