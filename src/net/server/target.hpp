// A request's target taken apart: RFC 9112 section 3.2, origin-form, absolute-form and "*". Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace countersign::net {

struct Target {
  std::string path;   // percent-decoded once
  std::string query;  // raw
};

/// Fault::invalid on a bad escape, an encoded NUL, a fragment, or any other form.
Result<Target> parse_target(std::string_view target);

}  // namespace countersign::net
