// A sighting as one JSON object, as batches and `watch` have it: flat ECS with its id. Pure.
#pragma once

#include <string>
#include <string_view>

#include "core/event.hpp"

namespace countersign::agent {

/// Numbers are numbers, also those among `more` that the protocol counts with.
std::string sighting_json(const core::Event& event, std::string_view id);

}  // namespace countersign::agent
