// Time zones by the names that people write. Free function.
#pragma once

#include <string>

#include "base/result.hpp"
#include "core/zone.hpp"

namespace countersign::cli {

/// The zone of that name, offset or "UTC"; names are looked up in the system's zone files.
Result<core::Zone> find_zone(const std::string& name);

}  // namespace countersign::cli
