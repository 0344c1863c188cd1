#include "chat/signed_post.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace countersign::chat {

using app::Undelivered;

namespace {

constexpr std::int64_t longest_wait = 3600;

std::optional<Duration> retry_after(const net::Response& response) {
  const auto text = net::header(response.headers, "retry-after");
  std::int64_t seconds = 0;
  const auto end = text.data() + text.size();
  if (text.empty() || std::from_chars(text.data(), end, seconds).ptr != end || seconds < 0) return std::nullopt;
  return std::chrono::seconds(std::min(seconds, longest_wait));
}

}  // namespace

std::string post_signature(const Secret& secret, std::string_view body, Timestamp sent_at) {
  const auto unix_time = std::chrono::floor<std::chrono::seconds>(sent_at).time_since_epoch().count();
  return fmt::format("t={},v1={}", unix_time,
                     to_hex(crypto::hmac_sha256(secret, fmt::format("{}.{}", unix_time, body))));
}

std::optional<Undelivered> refusal_of(const net::Response& response, std::string_view receiver) {
  using Kind = Undelivered::Kind;
  const auto status = response.status;
  if (status >= 200 && status < 300) return std::nullopt;
  const auto answer = [&](Kind kind, std::string_view mend = "") {
    return Undelivered{kind, fmt::format("{} answered {}{}", receiver, status, mend), retry_after(response)};
  };
  if (status == 429 || status == 503) return answer(Kind::wait);
  if (status == 401 || status == 403) return answer(Kind::bad_target, ": check its url and secret_file");
  if (status == 404 || status == 410) return answer(Kind::bad_target, ": check its url");
  if (status >= 300 && status < 400)
    return answer(Kind::bad_target, ": a redirect is not followed, so give the final url");
  if (status >= 400 && status < 500 && status != 408) return answer(Kind::our_bug);
  return answer(Kind::unclear);
}

SignedPost::SignedPost(net::Client& client, std::string url, Secret secret, std::string receiver)
    : client_(client), url_(std::move(url)), secret_(std::move(secret)), receiver_(std::move(receiver)) {}

void SignedPost::send(std::string body, std::string_view key, Timestamp now, Done done) {
  net::Call call;
  call.url = url_;
  call.body = std::move(body);
  call.headers = {{"Content-Type", "application/json"},
                  {"User-Agent", "Countersign"},
                  {"Idempotency-Key", std::string(key)},
                  {"Countersign-Signature", post_signature(secret_, call.body, now)}};
  client_.send(std::move(call), [receiver = receiver_, done = std::move(done)](auto answer) mutable {
    if (answer) return done(refusal_of(*answer, receiver));
    const auto kind = answer.error().sent == net::Sent::no ? Undelivered::Kind::retry : Undelivered::Kind::unclear;
    done(Undelivered{kind, fmt::format("{}: {}", receiver, answer.error().message), {}});
  });
}

}  // namespace countersign::chat
