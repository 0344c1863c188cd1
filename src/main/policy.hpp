// From a configuration to the policy the use cases read: rules compiled, directory made. Free functions.
#pragma once

#include <memory>

#include "app/policy.hpp"
#include "main/config/config.hpp"

namespace countersign::cli {

struct PolicyMade {
  std::shared_ptr<const app::Policy> policy;  // null where there is an error among the problems
  Problems problems;                          // the configuration's and the rules'
};

/// `loaded`'s problems and those of the rules, by file and line. A rule folder that is not there is
/// a warning (the packages' own is stood in for by the built-in pack); no rule at all means the built-in pack.
PolicyMade make_policy(const LoadedConfig& loaded);

}  // namespace countersign::cli
