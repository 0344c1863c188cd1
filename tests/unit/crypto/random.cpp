#include "crypto/random.hpp"

#include <doctest/doctest.h>

#include <array>
#include <set>

namespace countersign::crypto {
namespace {

class Counting final : public Random {
 public:
  void fill(std::span<std::byte> bytes) override {
    for (auto& byte : bytes)
      byte = static_cast<std::byte>(next_++);
  }

 private:
  unsigned char next_ = 0;
};

TEST_CASE("a token is 24 bytes of what it is given, in base64url") {
  Counting random;
  CHECK(make_token(random) == "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX");
  CHECK(make_token(random) == "GBkaGxwdHh8gISIjJCUmJygpKissLS4v");
}

TEST_CASE("the system's randomness does not repeat itself") {
  SystemRandom random;
  std::set<std::string> tokens;
  for (int i = 0; i < 1000; ++i)
    tokens.insert(make_token(random));
  CHECK(tokens.size() == 1000);
  std::array<std::byte, 64> bytes{};
  random.fill(bytes);
  CHECK(bytes != std::array<std::byte, 64>{});
  random.fill({});
}

}  // namespace
}  // namespace countersign::crypto
