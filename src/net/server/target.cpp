#include "net/server/target.hpp"

#include "net/io/message.hpp"

namespace countersign::net {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Result<std::string> decode_path(std::string_view raw) {
  std::string path;
  path.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '%') {
      path += raw[i];
      continue;
    }
    const int high = i + 2 < raw.size() ? hex_digit(raw[i + 1]) : -1;
    const int low = i + 2 < raw.size() ? hex_digit(raw[i + 2]) : -1;
    if (high < 0 || low < 0) return fail(Fault::invalid, "bad percent escape in the path");
    if (high == 0 && low == 0) return fail(Fault::invalid, "NUL in the path");
    path += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return path;
}

/// "http://host/path" as a proxy would be asked: what follows the authority.
std::string_view without_authority(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (same_name(target.substr(0, scheme.size()), scheme)) {
      const auto end = target.find_first_of("/?", scheme.size());
      return end == target.npos ? "/" : target.substr(end);
    }
  }
  return {};
}

}  // namespace

Result<Target> parse_target(std::string_view target) {
  if (target == "*") return Target{.path = "*", .query = {}};
  if (!target.starts_with('/')) target = without_authority(target);
  if (target.empty()) return fail(Fault::invalid, "the request target is no path");
  if (target.contains('#')) return fail(Fault::invalid, "fragment in the request target");
  const auto question = target.find('?');
  auto path = decode_path(target.substr(0, question));
  if (!path) return std::unexpected(path.error());
  if (path->empty()) *path = "/";
  return Target{.path = *std::move(path),
                .query = question == target.npos ? std::string() : std::string(target.substr(question + 1))};
}

}  // namespace countersign::net
