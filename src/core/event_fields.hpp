// The names an event's own members have, whatever else it may bear. Pure.
#pragma once

#include <string_view>
#include <vector>

namespace countersign::core {

/// In the contract's order.
std::vector<std::string_view> own_fields();

}  // namespace countersign::core
