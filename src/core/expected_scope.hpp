// What an expected change must say of what is expected, wherever it is announced. Pure.
#pragma once

#include "base/result.hpp"
#include "core/expected.hpp"

namespace countersign::core {

/// One whose every scope matches anything ("*", 0.0.0.0/0) has none. Fault::invalid says that, or that its key is no
/// fingerprint.
Result<void> check_scope(const ExpectedChange& change);

}  // namespace countersign::core
