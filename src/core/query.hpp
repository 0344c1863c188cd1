// The query language of the events API: `event.action=ssh_login AND user.name=oswaldo AND NOT host.name=web*`.
//   expression := term { (AND|OR) term } with AND binding tighter, NOT, parentheses; term := field (=|!=) value;
//   a value is a bare word or "quoted" with \" and \\; '*' in it stands for any run of characters.
// Bounded: 4 kB of text, 100 terms, 20 deep. Pure.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "core/event.hpp"

namespace countersign::core {

struct Query {
  enum class Kind { all, term, both, either, negation };
  Kind kind = Kind::all;
  std::string field, value;     // term
  std::vector<Query> operands;  // both, either: two or more; negation: one
};

/// Fault::invalid with the position: "position 12: expected a value after '='".
Result<Query> parse_query(std::string_view text);

/// The language's meaning on one event: what the store's translation is tested against.
bool matches(const Query& query, const Event& event);

}  // namespace countersign::core
