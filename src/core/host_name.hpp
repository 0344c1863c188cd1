// What can be a host's name, and which spellings are one. Pure.
#pragma once

#include <string>
#include <string_view>

namespace countersign::core {

/// Letters, digits, '.', '-' and '_', at most 253 bytes (RFC 1035's names, and those of older systems).
bool is_host_name(std::string_view name);

/// The one spelling of a host's name: in ASCII lower case (RFC 4343), without the root's dot at its end (RFC 1034).
/// Nothing else is changed; what is left of "." or "a.." would be another name, so these stay.
std::string canonical_host(std::string_view name);

/// Whether `pattern`, with '*' for any run of characters, means the host; spellings don't count on either side.
bool host_glob(std::string_view pattern, std::string_view name);

}  // namespace countersign::core
