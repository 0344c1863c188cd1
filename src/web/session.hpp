// Who sits before a page: the session behind a cookie, and what a form must prove before it changes anything.
// Pure but for the view it looks into.
#pragma once

#include <optional>
#include <string>

#include "app/policy.hpp"
#include "app/store.hpp"
#include "net/http.hpp"
#include "web/credentials.hpp"

namespace countersign::web {

struct Session {
  std::string name;       // a person's, or the token's that a security session was made with
  bool security = false;  // sees everything, decides for the security team
  bool is_person = true;
  std::string form_proof;  // what this session's forms carry against forgery
};

class Sessions {
 public:
  Sessions(const app::PolicySource& policy, const ApiTokens& tokens) : policy_(policy), tokens_(tokens) {}

  static constexpr auto lifetime = std::chrono::hours(12);

  /// The live session of this request's cookie. A session ends early when its person or token is no longer configured.
  [[nodiscard]] std::optional<Session> find(app::View& view, std::string_view token, Timestamp now) const;

 private:
  const app::PolicySource& policy_;
  const ApiTokens& tokens_;
};

/// The cookie's value, or empty. Over https the name has the __Host- prefix, so no other host can plant one.
std::string session_token(const net::Request& request, bool secure);
/// Set-Cookie for a session; an empty token ends it.
std::string session_cookie(std::string_view token, bool secure);

/// HMAC by the session's own secret: nobody who does not hold the cookie can make it, and it lasts as long.
std::string form_proof(std::string_view token);

/// Whether a form was sent from a page of ours: Sec-Fetch-Site where the browser says it, else Origin against the
/// public address and the Host header. A request with neither is nobody's browser.
bool from_our_page(const net::Request& request, std::string_view public_url);

}  // namespace countersign::web
