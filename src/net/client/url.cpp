#include "net/client/url.hpp"

#include <algorithm>
#include <charconv>

#include "net/io/message.hpp"

namespace countersign::net {

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return out;
}

bool is_host_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

bool is_host(std::string_view host, bool bracketed) {
  return !host.empty() && host.size() <= 255 &&
         std::all_of(host.begin(), host.end(), [&](char c) { return is_host_char(c) || (bracketed && c == ':'); });
}

bool is_target(std::string_view target) {
  return std::all_of(target.begin(), target.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

std::string bracketed(const std::string& host) {
  return host.contains(':') ? fmt::format("[{}]", host) : host;
}

}  // namespace

std::string Url::peer() const {
  return fmt::format("{}:{}", bracketed(host), port);
}

std::string Url::authority() const {
  return port == (secure ? 443 : 80) ? bracketed(host) : peer();
}

Result<Url> parse_url(std::string_view text) {
  Url url;
  const auto scheme_end = text.find("://");
  const auto scheme = text.substr(0, scheme_end);
  if (scheme_end == text.npos || (!same_name(scheme, "https") && !same_name(scheme, "http"))) {
    return fail(Fault::invalid, "a URL starts with https:// or http://");
  }
  url.secure = same_name(scheme, "https");
  url.port = url.secure ? 443 : 80;
  text.remove_prefix(scheme_end + 3);
  text = text.substr(0, text.find('#'));
  auto authority = text.substr(0, text.find_first_of("/?"));
  url.target = std::string(text.substr(authority.size()));
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  if (!is_target(url.target)) return fail(Fault::invalid, "blank, control or non-ASCII character in the URL");
  const bool literal = authority.starts_with('[');
  const auto host_end = literal ? authority.find(']') : authority.find(':');
  if (literal && host_end == authority.npos) return fail(Fault::invalid, "the URL's host has no closing bracket");
  url.host = lower(literal ? authority.substr(1, host_end - 1) : authority.substr(0, host_end));
  if (!is_host(url.host, literal)) return fail(Fault::invalid, "the URL's host is not a name or address");
  const auto rest = host_end == authority.npos ? std::string_view() : authority.substr(host_end + (literal ? 1 : 0));
  if (rest.empty()) return url;
  const auto [end, fault] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), url.port);
  if (rest.front() != ':' || fault != std::errc() || end != rest.data() + rest.size() || url.port == 0) {
    return fail(Fault::invalid, "the URL's port is not a number from 1 to 65535");
  }
  return url;
}

}  // namespace countersign::net
