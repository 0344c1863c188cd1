// OpenSSL's generator, and the tokens made from it. Safe for concurrent access.
#pragma once

#include <string>

#include "base/random.hpp"

namespace countersign::crypto {

class SystemRandom final : public Random {
 public:
  /// Ends the program where the machine has no randomness to give: nothing secret could follow.
  void fill(std::span<std::byte> bytes) override;
};

/// 192 unguessable bits in 32 characters of [A-Za-z0-9_-].
std::string make_token(Random& random);

}  // namespace countersign::crypto
