// Whether what a rule compares a field with can hold at all: a mistyped network would silently never. Pure.
#pragma once

#include <string_view>

namespace countersign::core {

/// A field that ends in ".ip" is compared with addresses, networks, globs of addresses and hosts' names; any other with
/// any text.
bool can_hold(std::string_view field, std::string_view value);

}  // namespace countersign::core
