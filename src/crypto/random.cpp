#include "crypto/random.hpp"

#include <openssl/rand.h>

#include <array>
#include <stdexcept>

#include "base/encoding.hpp"

namespace countersign::crypto {

void SystemRandom::fill(std::span<std::byte> bytes) {
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) != 1)
    throw std::runtime_error("the system has no randomness to give");
}

std::string make_token(Random& random) {
  std::array<std::byte, 24> bytes{};
  random.fill(bytes);
  return to_base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace countersign::crypto
