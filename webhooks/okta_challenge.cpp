#include "webhooks/okta_challenge.hpp"

#include <nlohmann/json.hpp>

namespace countersign::webhooks {
namespace {

constexpr std::string_view kChallenge = "X-Okta-Verification-Challenge";
constexpr std::size_t kLongestChallenge = 256;

}  // namespace

bool is_okta_challenge(const app::Delivery& head) {
  return head.method == "GET" && (head.suffix.empty() || head.suffix == "/") && !head.header(kChallenge).empty();
}

Result<app::Decoded> answer_okta_challenge(const app::Delivery& head) {
  const auto challenge = head.header(kChallenge);
  if (challenge.size() > kLongestChallenge)
    return fail(Fault::invalid, "the challenge is longer than {} bytes", kLongestChallenge);
  const nlohmann::json body{{"verification", challenge}};
  app::Decoded decoded;
  decoded.reply = app::Reply{200,
                             {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
                             body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
  return decoded;
}

}  // namespace countersign::webhooks
