// A query's term about an address: a value with a prefix length ("203.0.113.0/24") is a network. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "core/network.hpp"

namespace countersign::core {

/// nullopt where the field holds no address (its name ends otherwise than in ".ip") or the value is no network.
std::optional<Network> network_of(std::string_view field, std::string_view value);

}  // namespace countersign::core
