// The conditions and cases of a rule's file. What can never hold is a fault: by a mistyped name or network a login
// would silently not be asked about. Free functions; one thread.
#pragma once

#include <string_view>
#include <vector>

#include "core/rules/rule.hpp"
#include "settings/section.hpp"

namespace countersign::cli {

core::Severity read_severity(settings::Section& table);

/// NAME = "text" or NAME = ["a", "b"], each name once.
std::vector<core::Comparison> read_comparisons(settings::Section& table, std::string_view key);

/// [[rule.case]]; after the rule's fields and set, whose names they compare.
std::vector<core::Case> read_cases(settings::Section& table, const core::Rule& rule);

}  // namespace countersign::cli
