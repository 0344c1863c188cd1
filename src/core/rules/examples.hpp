// The lines a rule's author gave, held against the engine: what each gives, and what is wrong with it. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/rules/engine.hpp"

namespace countersign::core {

/// A structured message's fields, or nullopt: what the core leaves to others to read.
using ReadFields = std::function<std::optional<Fields>(std::string_view message)>;

/// What became of one line an author gave.
struct Trial {
  const Rule* rule = nullptr;
  bool wanted = true;  // a line it must match; false: must not
  std::string line;
  std::string wrong;  // what it does and should not; empty: good
  std::optional<Event> event;
};

/// Every line of every rule, in order.
std::vector<Trial> try_examples(const Engine& engine, const ReadFields& read_fields);

/// Every example of every rule that does not do what it says, one message each ("FILE:LINE: …"): empty is good.
std::vector<std::string> check_examples(const Engine& engine, const ReadFields& read_fields);

}  // namespace countersign::core
