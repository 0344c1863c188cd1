// The shape of a message: what is the same in all messages of its kind. Numbers, addresses, hexadecimal words, quoted
// texts and paths are folded, so that a thousand lines nobody understood are a few. Pure.
#pragma once

#include <string>
#include <string_view>

namespace countersign::core {

/// At most 200 bytes of printable ASCII: '#' for a number, "ADDR", "HEX", "TEXT" for what was quoted, "PATH"; bytes
/// that are no printable ASCII are '?'. A JSON object's shape is its first keys.
std::string shape_of(std::string_view message);

}  // namespace countersign::core
