// The current time, passed in so that tests own it.
// Implementations are safe for concurrent access.
#pragma once

#include "base/time.hpp"

namespace countersign {

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Timestamp now() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override {
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  }
};

}  // namespace countersign
