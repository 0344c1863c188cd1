#include "crypto/signature.hpp"

#include <doctest/doctest.h>

#include "base/encoding.hpp"
#include "crypto/random.hpp"

using namespace countersign;

namespace {

// RFC 8032 section 7.1.
struct Vector {
  const char *secret, *open, *message, *signature;
};
const Vector vectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
     "d25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
     "387b2eaeb4302aeeb00d291612bb0c00"},
};

}  // namespace

TEST_CASE("Ed25519 signs and verifies as RFC 8032 says") {
  for (const auto& vector : vectors) {
    CAPTURE(vector.message);
    const auto key = crypto::SigningKey::from_private(Secret(*from_hex(vector.secret)));
    REQUIRE(key);
    CHECK(to_hex(key->public_bytes()) == vector.open);
    CHECK(to_hex(key->private_bytes().reveal()) == vector.secret);
    const auto message = *from_hex(vector.message);
    CHECK(to_hex(key->sign(message)) == vector.signature);
    CHECK(crypto::verify_signature(key->public_bytes(), message, *from_hex(vector.signature)));
  }
}

TEST_CASE("a signature stands for one key and one message") {
  crypto::SystemRandom random;
  const auto key = crypto::SigningKey::generate(random), other = crypto::SigningKey::generate(random);
  const auto signature = key.sign("batch 17");
  CHECK(crypto::verify_signature(key.public_bytes(), "batch 17", signature));
  CHECK_FALSE(crypto::verify_signature(key.public_bytes(), "batch 18", signature));
  CHECK_FALSE(crypto::verify_signature(other.public_bytes(), "batch 17", signature));
  CHECK_FALSE(crypto::verify_signature(key.public_bytes(), "batch 17", signature.substr(1)));
  CHECK_FALSE(crypto::verify_signature(key.public_bytes(), "batch 17", ""));
  CHECK_FALSE(crypto::verify_signature("", "batch 17", signature));
  auto bent = signature;
  bent[40] = static_cast<char>(bent[40] ^ 1);
  CHECK_FALSE(crypto::verify_signature(key.public_bytes(), "batch 17", bent));
  CHECK(crypto::SigningKey::from_private(Secret("short")).error().fault == Fault::invalid);
}
