// An http or https URL taken apart for a call: RFC 3986, without user information and fragment. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace countersign::net {

struct Url {
  bool secure = true;
  std::string host;  // lower case; an IPv6 literal without its brackets
  std::uint16_t port = 443;
  std::string target;  // "/path?query", as it is sent

  /// "slack.com:443", "[::1]:80": names the peer in messages, since a path or query may hold a secret.
  [[nodiscard]] std::string peer() const;
  /// The Host header: the port only where it isn't the scheme's own.
  [[nodiscard]] std::string authority() const;
};

/// Fault::invalid without repeating the URL.
Result<Url> parse_url(std::string_view url);

}  // namespace countersign::net
