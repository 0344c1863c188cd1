// A gap of a witness's coverage in words for people. Pure.
#pragma once

#include <string>

#include "core/coverage.hpp"

namespace countersign::core {

/// Why, and with how many where records were lost: "12 login records lost".
std::string words_of(const Gap& gap);

}  // namespace countersign::core
