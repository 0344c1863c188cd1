// Public keys that others sign with (RSA, P-256), out of a certificate or a JSON Web Key, and their signatures, by
// OpenSSL's EVP. Immutable and safe for concurrent access.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"

struct evp_pkey_st;

namespace countersign::crypto {

enum class SignedWith { rsa_sha1, rsa_sha256, ecdsa_sha256 };

class PublicKey {
 public:
  /// Of a PEM certificate that is valid at `now` and names `subject` as its common name or as an alternative name.
  static Result<PublicKey> from_certificate(std::string_view pem, std::string_view subject, Timestamp now);
  /// RFC 7518 section 6.3.1: modulus and exponent, big-endian. At least 2,048 bits.
  static Result<PublicKey> rsa(std::string_view modulus, std::string_view exponent);
  /// RFC 7518 section 6.2.1 on P-256: both coordinates, 32 bytes each.
  static Result<PublicKey> p256(std::string_view x, std::string_view y);

  /// Whether `signature` is this key's of these bytes. An ECDSA signature is r and s, 32 bytes each (RFC 7518
  /// section 3.4).
  [[nodiscard]] bool verifies(SignedWith algorithm, std::string_view bytes, std::string_view signature) const;

 private:
  explicit PublicKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace countersign::crypto
