// An event as one JSON object: flat ECS, in the contract's order, valid whatever bytes the log held.
#pragma once

#include <string>

#include "core/event.hpp"

namespace countersign::app {

/// Without the line's end. Bytes that are no UTF-8 become U+FFFD.
std::string to_json(const core::Event& event);

}  // namespace countersign::app
