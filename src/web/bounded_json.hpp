// JSON from strangers: one object, no deeper than what reads it may recurse. Pure.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "web/reply.hpp"

namespace countersign::web {

/// Fault::invalid where the text is no JSON, no object, or nested deeper than 20.
Result<Json> parse_object(std::string_view text);

}  // namespace countersign::web
