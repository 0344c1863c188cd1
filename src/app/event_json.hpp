// An event as JSON: flat ECS, in the contract's order, valid whatever bytes the log held. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/event.hpp"

namespace countersign::app {

/// Sets every known field of the event; numbers are numbers.
void put_fields(nlohmann::ordered_json& object, const core::Event& event);

/// One object, without a line's end. Bytes that are no UTF-8 become U+FFFD.
std::string to_json(const core::Event& event);

}  // namespace countersign::app
