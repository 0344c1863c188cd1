// The use case "somebody adds a reason to a decision": the record is only added to, its messages show it.
// Safe for concurrent access; `done` is called once, on a thread of the store, after it is durable.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "app/store.hpp"
#include "base/clock.hpp"

namespace countersign::app {

class Annotate {
 public:
  using Done = std::move_only_function<void(Result<void>)>;

  Annotate(Store& store, const Clock& clock) : store_(store), clock_(clock) {}

  /// By the opaque value of a button of the approval's. Errors are core::notable's; Fault::not_found for a value we
  /// never gave out, Fault::invalid for a text that is empty, Fault::conflict once a decision bears 20 notes.
  void by_button(std::string_view value, core::Actor by, std::string_view via, std::string text, Done done);

 private:
  Store& store_;
  const Clock& clock_;
};

}  // namespace countersign::app
