#include "web/session.hpp"

#include <fmt/format.h>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "web/form.hpp"

namespace countersign::web {
namespace {

std::string cookie_name(bool secure) {
  return secure ? "__Host-countersign" : "countersign";
}

/// "https://host:port" of a URL, without its path.
std::string_view origin_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  return url.substr(0, url.find('/', scheme + 3));
}

}  // namespace

std::optional<Session> Sessions::find(app::View& view, std::string_view token, Timestamp now) const {
  if (token.empty()) return std::nullopt;
  const auto pass = view.pass(crypto::sha256(token));
  if (!pass || !*pass || (*pass)->kind != "session" || (*pass)->expires <= now) return std::nullopt;
  Session session{.name = (*pass)->person, .security = (*pass)->security, .form_proof = form_proof(token)};
  session.is_person = policy_.current()->directory.person(session.name) != nullptr;
  if (!session.is_person && !(session.security && tokens_.is_security(session.name))) return std::nullopt;
  return session;
}

std::string session_token(const net::Request& request, bool secure) {
  return std::string(cookie(request, cookie_name(secure)));
}

std::string session_cookie(std::string_view token, bool secure) {
  const auto age = token.empty() ? 0 : std::chrono::seconds(Sessions::lifetime).count();
  return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}", cookie_name(secure), token, age,
                     secure ? "; Secure" : "");
}

std::string form_proof(std::string_view token) {
  return to_base64url(crypto::hmac_sha256(Secret(std::string(token)), "countersign form"));
}

bool from_our_page(const net::Request& request, std::string_view public_url) {
  if (const auto site = net::header(request.headers, "Sec-Fetch-Site"); !site.empty()) return site == "same-origin";
  const auto origin = net::header(request.headers, "Origin");
  if (origin.empty() || origin == "null") return false;
  if (origin == origin_of(public_url)) return true;
  const auto host = net::header(request.headers, "Host");
  const auto authority = origin.find("://");
  return authority != std::string_view::npos && !host.empty() && origin.substr(authority + 3) == host;
}

}  // namespace countersign::web
