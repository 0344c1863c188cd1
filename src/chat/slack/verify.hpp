// Whether a request comes from Slack: the v0 signature over the raw body.
// Source: https://api.slack.com/authentication/verifying-requests-from-slack. Pure; safe for concurrent access.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

namespace countersign::chat::slack {

/// How far a request's timestamp may lie from our clock, either way: a signature made for the future is as
/// replayable as one from the past.
inline constexpr Duration signature_age = std::chrono::minutes(5);

/// "v0=" and the lowercase hex HMAC-SHA256 of "v0:{timestamp}:{body}".
std::string sign(const Secret& signing_secret, std::string_view timestamp, std::string_view body);

/// Fault::unauthorized, with the reason, unless `signature` is that of these very bytes and `timestamp` (Unix seconds,
/// as the header has them) is at most signature_age from `now`. Nothing verifies under an empty secret.
Result<void> verify(const Secret& signing_secret, std::string_view timestamp, std::string_view body,
                    std::string_view signature, Timestamp now);

}  // namespace countersign::chat::slack
