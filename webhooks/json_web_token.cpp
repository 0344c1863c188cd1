#include "webhooks/json_web_token.hpp"

#include <nlohmann/json.hpp>

#include "base/encoding.hpp"
#include "crypto/public_key.hpp"

namespace countersign::webhooks {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLongestToken = 16 * 1024;
constexpr Duration kLeeway = std::chrono::minutes(1);

std::string text_in(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

Json parsed_part(std::string_view part) {
  const auto text = from_base64(part);
  return text ? Json::parse(*text, nullptr, false) : Json(Json::value_t::discarded);
}

std::optional<Timestamp> seconds_in(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  const auto seconds = found->get<double>();
  if (!(seconds >= 0 && seconds < 1e11)) return std::nullopt;
  return Timestamp(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

Result<crypto::PublicKey> find_key(std::string_view key_set, const std::string& id, bool rsa) {
  const auto set = Json::parse(key_set, nullptr, false);
  const auto keys = set.is_object() ? set.find("keys") : set.end();
  if (!set.is_object() || keys == set.end() || !keys->is_array())
    return fail(Fault::invalid, "the key set is no JWKS: {{\"keys\":[…]}}");
  for (const auto& key : *keys) {
    if (text_in(key, "kid") != id || text_in(key, "kty") != (rsa ? "RSA" : "EC")) continue;
    const auto first = from_base64(text_in(key, rsa ? "n" : "x"));
    const auto second = from_base64(text_in(key, rsa ? "e" : "y"));
    if (!first || !second) return fail(Fault::invalid, "a key of the set is no base64");
    return rsa ? crypto::PublicKey::rsa(*first, *second) : crypto::PublicKey::p256(*first, *second);
  }
  return fail(Fault::not_found, "the token is signed with a key that is not known");
}

}  // namespace

Result<TokenClaims> verify_token(std::string_view token, std::string_view key_set, Timestamp now) {
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  if (token.size() > kLongestToken || first == last || token.find('.', first + 1) != last)
    return fail(Fault::unauthorized, "there is no JSON Web Token");
  const auto head = parsed_part(token.substr(0, first));
  const auto algorithm = text_in(head, "alg");
  if (algorithm != "RS256" && algorithm != "ES256")
    return fail(Fault::unauthorized, "the token is signed by neither RS256 nor ES256");
  const bool rsa = algorithm == "RS256";
  const auto key = find_key(key_set, text_in(head, "kid"), rsa);
  if (!key) return std::unexpected(key.error());
  const auto signature = from_base64(token.substr(last + 1));
  if (!signature || !key->verifies(rsa ? crypto::SignedWith::rsa_sha256 : crypto::SignedWith::ecdsa_sha256,
                                   token.substr(0, last), *signature))
    return fail(Fault::unauthorized, "the token's signature is wrong");

  const auto claims = parsed_part(token.substr(first + 1, last - first - 1));
  if (!claims.is_object()) return fail(Fault::unauthorized, "the token's claims are no JSON");
  const auto expires = seconds_in(claims, "exp");
  const auto issued = seconds_in(claims, "iat");
  if (!expires || *expires + kLeeway < now) return fail(Fault::unauthorized, "the token has expired");
  if (issued && *issued > now + kLeeway) return fail(Fault::unauthorized, "the token is of the future");
  const auto verified = claims.find("email_verified");
  return TokenClaims{text_in(claims, "iss"), text_in(claims, "aud"), text_in(claims, "email"),
                     verified != claims.end() && verified->is_boolean() && verified->get<bool>()};
}

}  // namespace countersign::webhooks
