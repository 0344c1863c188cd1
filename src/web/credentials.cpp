#include "web/credentials.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "web/http_words.hpp"

namespace countersign::web {
namespace {

struct Authorization {
  std::string_view scheme, value;
};

Authorization authorization(const net::Request& request) {
  auto text = net::header(request.headers, "Authorization");
  const auto blank = text.find(' ');
  if (blank == std::string_view::npos) return {text, {}};
  auto value = text.substr(blank + 1);
  while (value.starts_with(' '))
    value.remove_prefix(1);
  return {text.substr(0, blank), value};
}

/// `token="T"`, as Rails' clients send it, or T itself.
std::string_view unquoted(std::string_view value) {
  constexpr std::string_view name = "token=";
  if (!value.starts_with(name)) return value;
  value.remove_prefix(name.size());
  if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) value = value.substr(1, value.size() - 2);
  return value;
}

}  // namespace

std::string_view to_text(Role role) {
  switch (role) {
    case Role::ingest:
      return "ingest";
    case Role::viewer:
      return "viewer";
    case Role::security:
      return "security";
    case Role::admin:
      return "admin";
  }
  return "";
}

Result<Role> parse_role(std::string_view text) {
  for (const auto role : std::array{Role::ingest, Role::viewer, Role::security, Role::admin})
    if (text == to_text(role)) return role;
  return fail(Fault::invalid, "'{}' is no role (ingest, viewer, security, admin)", text);
}

Secret bearer_token(const net::Request& request) {
  const auto [scheme, value] = authorization(request);
  if (same_word(scheme, "Bearer")) return Secret(std::string(value));
  if (same_word(scheme, "Token")) return Secret(std::string(unquoted(value)));
  return {};
}

std::vector<Secret> offered_tokens(const net::Request& request, std::string_view own_header) {
  std::vector<Secret> offered;
  const auto offer = [&](std::string_view token) {
    if (!token.empty()) offered.emplace_back(std::string(token));
  };
  const auto [scheme, value] = authorization(request);
  if (same_word(scheme, "Basic")) {
    if (const auto pair = from_base64(value)) {
      const auto colon = pair->find(':');
      const bool has_password = colon != std::string::npos && colon + 1 < pair->size();
      offer(has_password ? std::string_view(*pair).substr(colon + 1) : std::string_view(*pair).substr(0, colon));
    }
  } else if (same_word(scheme, "Splunk")) {
    offer(value);
  } else {
    offer(bearer_token(request).reveal());
  }
  if (!own_header.empty()) offer(net::header(request.headers, own_header));
  if (const auto token = form_value(request.query, "token")) offer(*token);
  return offered;
}

ApiTokens::ApiTokens(const std::vector<ApiToken>& tokens) {
  for (const auto& token : tokens)
    if (!token.secret.empty()) known_.push_back({crypto::sha256(token.secret.reveal()), {token.name, token.role}});
}

std::optional<Caller> ApiTokens::find(const Secret& offered) const {
  if (offered.empty()) return std::nullopt;
  const auto digest = crypto::sha256(offered.reveal());
  const Known* found = nullptr;
  for (const auto& known : known_)  // to the end, so that time tells nothing
    if (crypto::equal_in_constant_time(known.digest, digest)) found = &known;
  return found ? std::optional(found->caller) : std::nullopt;
}

bool ApiTokens::is_security(std::string_view name) const {
  return std::any_of(known_.begin(), known_.end(), [name](const Known& known) {
    return known.caller.name == name && (known.caller.role == Role::security || known.caller.role == Role::admin);
  });
}

}  // namespace countersign::web
