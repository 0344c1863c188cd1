// The paths by which a configuration names values inside JSON. Immutable value; pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace countersign::webhooks {

/// "alerts", "labels.host", "records[0].line", `labels["host.name"]`, "results[*].line", "$" (the value itself).
class JsonPath {
 public:
  /// Fault::invalid with the position; at most 16 steps.
  static Result<JsonPath> parse(std::string_view text);
  [[nodiscard]] bool whole() const { return steps_.empty(); }

  struct Step {
    std::string key;  // a member's
    std::optional<std::size_t> index{};
    bool every = false;
  };
  [[nodiscard]] const std::vector<Step>& steps() const { return steps_; }

 private:
  std::vector<Step> steps_;
};

}  // namespace countersign::webhooks
