// Who calls: the tokens a request offers, and the API's tokens with their roles. Tokens are kept as digests and
// compared in constant time against all. Immutable once made; safe for concurrent access.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "net/http.hpp"

namespace countersign::web {

enum class Role { ingest, viewer, security, admin };
std::string_view to_text(Role role);
Result<Role> parse_role(std::string_view text);

struct ApiToken {
  std::string name;
  Role role = Role::viewer;
  Secret secret;
};

/// Whoever holds a token.
struct Caller {
  std::string name;
  Role role = Role::viewer;
};

/// `Authorization: Bearer T`, `Token token="T"` or `Token T`; empty where there is none.
Secret bearer_token(const net::Request& request);

/// All that a logging provider's client may prove itself by: Bearer, Splunk and Token schemes, Basic's password (its
/// user where the password is empty, as in a drain's URL), the header `own_header`, and `?token=`.
std::vector<Secret> offered_tokens(const net::Request& request, std::string_view own_header);

class ApiTokens {
 public:
  explicit ApiTokens(const std::vector<ApiToken>& tokens);
  [[nodiscard]] std::optional<Caller> find(const Secret& offered) const;
  /// Whether a token of that name may act for the security team: what a session made from one lives by.
  [[nodiscard]] bool is_security(std::string_view name) const;

 private:
  struct Known {
    std::string digest;
    Caller caller;
  };
  std::vector<Known> known_;
};

}  // namespace countersign::web
