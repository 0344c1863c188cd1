// The use case "somebody of the security team takes it": repeats stop for a while, it stays pending, its messages
// show who has it. Safe for concurrent access; `done` is called once, on a thread of the store, after it is durable.
#pragma once

#include <functional>
#include <string_view>

#include "app/policy.hpp"
#include "app/store.hpp"
#include "base/clock.hpp"

namespace countersign::app {

class Take {
 public:
  /// With when repeats begin again.
  using Done = std::move_only_function<void(Result<Timestamp>)>;

  Take(Store& store, const PolicySource& policy, const Clock& clock) : store_(store), policy_(policy), clock_(clock) {}

  /// Errors are core::may_take's; Fault::not_found where there is no such approval.
  void by_id(Id approval, core::Actor by, std::string_view via, Done done);
  /// By the opaque value of a button of the approval's.
  void by_button(std::string_view value, core::Actor by, std::string_view via, Done done);

 private:
  Store& store_;
  const PolicySource& policy_;
  const Clock& clock_;
};

}  // namespace countersign::app
