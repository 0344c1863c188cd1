// Ed25519 (RFC 8032) by OpenSSL's EVP: an agent signs its batches, the server what it asks of an agent.
// Keys are 32 raw bytes, signatures 64. Immutable once made, and so safe for concurrent access.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace countersign::crypto {

class SigningKey {
 public:
  /// A new key from 32 random bytes.
  static SigningKey generate(Random& random);
  /// The key whose private_bytes() these are. Fault::invalid for anything but 32 bytes.
  static Result<SigningKey> from_private(const Secret& bytes);

  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();

  /// The 32 bytes to keep, and to show nobody.
  [[nodiscard]] Secret private_bytes() const;
  [[nodiscard]] std::string public_bytes() const;
  /// 64 bytes.
  [[nodiscard]] std::string sign(std::string_view message) const;

 private:
  struct Key;
  explicit SigningKey(std::unique_ptr<Key> key);
  std::unique_ptr<Key> key_;
};

/// False as well where either is no key or no signature.
[[nodiscard]] bool verify_signature(std::string_view public_key, std::string_view message, std::string_view signature);

}  // namespace countersign::crypto
