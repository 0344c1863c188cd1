// Digests and keyed digests, by OpenSSL's EVP. Pure and safe for concurrent access.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace countersign::crypto {

/// 32 raw bytes.
std::string sha256(std::string_view bytes);
/// SHA-256 of what comes piece by piece. One thread.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void add(std::string_view bytes);
  /// 32 raw bytes; nothing can be added afterwards.
  std::string finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// 32 raw bytes, RFC 2104.
std::string hmac_sha256(const Secret& key, std::string_view bytes);

/// In time that depends on the lengths alone.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace countersign::crypto
