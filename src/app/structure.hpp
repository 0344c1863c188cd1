// JSON as the core's neutral fields: a message that is one object, or the object a record came as. Bounded in depth,
// number and size, whatever is in it. Pure; safe for concurrent access.
#pragma once

#include <optional>
#include <string_view>

#include "core/fields.hpp"
#include "core/record.hpp"

namespace countersign::app {

/// The leaves of a JSON object; nullopt where the text is none, is deeper than 32, or has more than 2,000 leaves.
/// Numbers are as they are written; null and empty texts are left out; a text over 8 KiB is cut there.
std::optional<core::Fields> structure_of(std::string_view text);

/// Sets record.fields from its object, else from its message, where that is JSON. Costs nothing where it can't be.
void read_structure(core::Record& record);

}  // namespace countersign::app
