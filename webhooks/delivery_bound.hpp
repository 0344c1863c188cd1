// What one delivery may come to: a number of parts, and text in proportion to what was sent, though each record owns a
// copy of what is said once for many (a resource, a stream, a request). One delivery's; one thread.
#pragma once

#include <cstddef>

#include "app/decoder.hpp"
#include "base/result.hpp"

namespace countersign::webhooks {

class DeliveryBound {
 public:
  static constexpr std::size_t kMostParts = 100'000;
  static constexpr std::size_t kMostGrowth = 4;    // JSON beside the line it holds, bytes that are no UTF-8
  static constexpr std::size_t kSharedText = 512;  // of each record: host, program, id

  /// `text`: of the body, unpacked.
  explicit DeliveryBound(std::size_t text) : text_(text) {}

  /// What was unpacked from within the body.
  void add_text(std::size_t bytes) { text_ += bytes; }
  /// Before each part. Counts what was added since; Fault::too_large where there is no room for another.
  Result<void> check(const app::Decoded& decoded);

 private:
  std::size_t text_;
  std::size_t counted_ = 0;  // of the records
  std::size_t held_ = 0;     // their text
};

}  // namespace countersign::webhooks
