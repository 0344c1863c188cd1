// Whether text is JSON to its last byte. What is found by brackets and quotes (json_scan.hpp) may have been left open
// and have swallowed what stands behind it, and simdjson looks into no value that is skipped. One pass, a bit of memory
// for each level. Pure.
#pragma once

#include <cstddef>
#include <string_view>

#include "app/decoder.hpp"

namespace countersign::webhooks {

/// One value by the grammar of RFC 8259, however deep, with blanks around it.
bool is_json(std::string_view text);

/// Which parts of a body can't be trusted to be whole: none where the body is JSON, else each that is none itself.
class JsonSoundness {
 public:
  explicit JsonSoundness(std::string_view body) : sound_(is_json(body)) {}
  [[nodiscard]] bool sound() const { return sound_; }
  [[nodiscard]] bool breaks(std::string_view part) const { return !sound_ && !is_json(part); }
  /// What holds parts that were read one by one is unreadable itself where it is broken and none of them was since
  /// `unreadable_before`: something in it was passed over.
  void tell(std::string_view container, std::size_t unreadable_before, app::Decoded& decoded) const;

 private:
  bool sound_;
};

inline constexpr std::string_view kBrokenJson = "broken JSON: it is not whole or not valid";

}  // namespace countersign::webhooks
