// A signed JSON Web Token (RFC 7519) by RS256 or ES256, and the keys of a JSON Web Key Set (RFC 7517). Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"

namespace countersign::webhooks {

struct TokenClaims {
  std::string issuer, audience, email;
  bool email_verified = false;
};

/// The claims, where one of the keys signed the token and it is of this time (a minute of leeway). Fault::unauthorized
/// with the reason; Fault::not_found where the set has no such key, so that a newer set may.
Result<TokenClaims> verify_token(std::string_view token, std::string_view key_set, Timestamp now);

}  // namespace countersign::webhooks
