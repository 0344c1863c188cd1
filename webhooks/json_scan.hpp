// Where a JSON value ends, by its brackets, its quotes and the little grammar that tells a value left open from one
// that holds another. One pass that never turns back, a bit of memory for each level: whatever is sent, the work is in
// proportion to the text, as long as the next value is looked for behind what was scanned. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace countersign::webhooks {

enum class JsonKind {
  value,   // begins with '{', '[' or '"'
  row,     // an array whose second element or later is no array: a '[' there begins the next row
  member,  // `"key": value` of an object, up to its comma or the object's end
};

struct ScannedJson {
  std::size_t size = 0;
  bool whole = false;  // false: it was left open, and ends where the next thing evidently begins
};

/// Signs that a value was left open: an object where only a key can stand, a bracket that closes what is around it, a
/// line's end or the text's within quotes, quotes of the wrong parity before an object.
ScannedJson scan_json(std::string_view text, JsonKind kind);

}  // namespace countersign::webhooks
