// Counters by name: by the hour, and for all time.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "store/rows.hpp"

namespace countersign::store {

/// `hour`: hours since 1970.
Result<void> add_to_counter(Connection& connection, std::string_view name, std::int64_t hour, std::int64_t by);

/// Since the first start, by name.
Result<std::vector<std::pair<std::string, std::int64_t>>> read_counters(Connection& connection);

}  // namespace countersign::store
