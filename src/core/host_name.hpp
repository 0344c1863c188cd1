// What can be a host's name. Pure.
#pragma once

#include <string_view>

namespace countersign::core {

/// Letters, digits, '.', '-' and '_', at most 253 bytes (RFC 1035's names, and those of older systems).
bool is_host_name(std::string_view name);

}  // namespace countersign::core
