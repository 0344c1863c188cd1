// Cursors of lists: the (time, id) of the last row given, opaque outside. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace countersign::store {

struct Place {
  std::int64_t time = 0;  // Unix microseconds
  std::int64_t id = 0;
};

/// `list` is one letter that keeps one list's cursors out of another.
std::string to_cursor(char list, const Place& place);
/// Fault::invalid for what to_cursor() did not make.
Result<Place> parse_cursor(char list, std::string_view text);

}  // namespace countersign::store
