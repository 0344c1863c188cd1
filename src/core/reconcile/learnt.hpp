// What was learnt about one source that speaks for one host: how late it delivers, and how far its stamps lie from the
// kernel's. A bounded memory of samples; nothing is concluded from fewer than 20. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace countersign::core {

/// The newest samples of a span of time, oldest first.
class Samples {
 public:
  static constexpr std::size_t most = 64, enough = 20;

  Samples() = default;
  explicit Samples(std::vector<Duration> values);
  void add(Duration value);
  [[nodiscard]] const std::vector<Duration>& values() const { return values_; }
  /// The value that `percent` of the samples do not exceed (nearest rank); nullopt before there are enough.
  [[nodiscard]] std::optional<Duration> percentile(int percent) const;

 private:
  std::vector<Duration> values_;
};

struct Stream {
  std::string source, witness;     // "papertrail" of class log
  Timestamp first{}, last{};       // the oldest and newest time an account of it bore
  std::optional<Timestamp> heard;  // when the newest arrived here
  Samples lag;                     // how long after the other witness's account it arrived; never below zero
  Samples offset;                  // its stamp less the kernel's of the same login
};

/// The streams of one host.
struct Streams {
  std::vector<Stream> all;

  [[nodiscard]] const Stream* find(std::string_view source, std::string_view witness) const;
  Stream& of(std::string_view source, std::string_view witness);  // made where there is none
};

}  // namespace countersign::core
