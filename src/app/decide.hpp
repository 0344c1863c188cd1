// The use case "somebody says something about an approval": by button, inbox or API.
// Loads, asks core::decide, writes decision, settled events, messages to revise, timers and audit row in one
// transaction. Safe for concurrent access; `done` is called once, on a thread of the store, after it is durable.
#pragma once

#include <functional>
#include <string>

#include "app/policy.hpp"
#include "app/store.hpp"
#include "base/clock.hpp"

namespace countersign::app {

class Decide {
 public:
  using Done = std::move_only_function<void(Result<core::Outcome>)>;

  Decide(Store& store, const PolicySource& policy, const Clock& clock)
      : store_(store), policy_(policy), clock_(clock) {}

  /// Errors are core::decide's; Fault::not_found where there is no such approval.
  void by_id(Id approval, core::Word word, Done done);

  /// By the opaque value of a button: decides the events that its revision showed. `word.events` and
  /// `word.from_channel` are filled from the button. Fault::not_found for a value we never gave out.
  void by_button(std::string_view value, core::Word word, Done done);

 private:
  Store& store_;
  const PolicySource& policy_;
  const Clock& clock_;
};

}  // namespace countersign::app
