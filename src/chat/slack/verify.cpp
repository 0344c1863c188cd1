#include "chat/slack/verify.hpp"

#include <charconv>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace countersign::chat::slack {
namespace {

/// Unix seconds in at most eleven plain digits.
Result<std::int64_t> parse_seconds(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || text.size() > 11 || error != std::errc() || end != text.data() + text.size() || seconds < 0)
    return fail(Fault::unauthorized, "X-Slack-Request-Timestamp is missing or no number");
  return seconds;
}

}  // namespace

std::string sign(const Secret& signing_secret, std::string_view timestamp, std::string_view body) {
  std::string base = "v0:";
  base.reserve(base.size() + timestamp.size() + 1 + body.size());
  base.append(timestamp).append(1, ':').append(body);
  return "v0=" + to_hex(crypto::hmac_sha256(signing_secret, base));
}

Result<void> verify(const Secret& signing_secret, std::string_view timestamp, std::string_view body,
                    std::string_view signature, Timestamp now) {
  if (signing_secret.empty()) return fail(Fault::unauthorized, "no signing secret is configured");
  const auto seconds = parse_seconds(timestamp);
  if (!seconds) return std::unexpected(seconds.error());
  const auto off = now - Timestamp(std::chrono::seconds(*seconds));
  if (off > signature_age || off < -signature_age)
    return fail(Fault::unauthorized, "the request's timestamp is more than five minutes off");
  if (!crypto::equal_in_constant_time(sign(signing_secret, timestamp, body), signature))
    return fail(Fault::unauthorized, "the signature is not this body's");
  return {};
}

}  // namespace countersign::chat::slack
