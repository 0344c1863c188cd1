// Unpredictable bytes, passed in so that tests can repeat themselves. crypto/random.hpp has the real one.
// Implementations are safe for concurrent access.
#pragma once

#include <cstddef>
#include <span>

namespace countersign {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::byte> bytes) = 0;
};

}  // namespace countersign
