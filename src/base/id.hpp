// Ids: 63 bits ordered by time of making (42 of milliseconds since 2020, 21 of a counter), so rows land at the end
// of their index and the newest id is the newest row. Outside the store an id is thirteen characters of Crockford's
// base32, which sort as the numbers do. Ids say when, never what: secrets are Random's work.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"

namespace countersign {

struct Id {
  std::int64_t value = 0;  // 0: none
  auto operator<=>(const Id&) const = default;
  explicit operator bool() const { return value != 0; }
};

/// Thirteen lower-case characters, "01hzx3k9v2m4q".
std::string to_text(Id id);
/// The inverse; upper case is read too. Fault::invalid for anything else.
Result<Id> parse_id(std::string_view text);

/// The first id that can be given at that time.
Id first_id(Timestamp at);
/// When it was made, to the millisecond; later where the clock was behind.
Timestamp time_of(Id id);

/// Hands out rising ids, also when the clock steps back. Owned by one thread (the store's writer).
class IdSource {
 public:
  /// No id at or below `floor` is given: pass the newest one already used.
  explicit IdSource(Id floor = {}) : last_(floor.value) {}
  Id next(Timestamp now);

 private:
  std::int64_t last_;
};

}  // namespace countersign
