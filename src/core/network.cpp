#include "core/network.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace countersign::core {
namespace {

using Bits = std::array<std::uint8_t, 16>;

std::string_view without_zone(std::string_view address) {
  return address.substr(0, address.find('%'));
}

/// Both families as sixteen bytes, IPv4 in ::ffff:0:0/96 (RFC 4291, 2.5.5.2).
std::optional<Bits> bits_of(std::string_view address) {
  const std::string text(without_zone(address));
  if (text.size() > INET6_ADDRSTRLEN) return std::nullopt;
  Bits bits{};
  if (inet_pton(AF_INET6, text.c_str(), bits.data()) == 1) return bits;
  bits[10] = bits[11] = 0xff;
  if (inet_pton(AF_INET, text.c_str(), &bits[12]) == 1) return bits;
  return std::nullopt;
}

bool is_v4(const Bits& bits) {
  return std::all_of(bits.begin(), bits.begin() + 10, [](auto b) { return b == 0; }) && bits[10] == 0xff &&
         bits[11] == 0xff;
}

void keep_prefix(Bits& bits, int prefix) {
  for (int i = 0; i < 16; ++i) {
    const int kept = std::clamp(prefix - i * 8, 0, 8);
    bits[static_cast<std::size_t>(i)] &= static_cast<std::uint8_t>(0xff00 >> kept);
  }
}

std::string text_of(const Bits& bits) {
  char text[INET6_ADDRSTRLEN] = {};
  if (is_v4(bits))
    inet_ntop(AF_INET, &bits[12], text, sizeof text);
  else
    inet_ntop(AF_INET6, bits.data(), text, sizeof text);
  return text;
}

}  // namespace

Result<Network> Network::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto bits = bits_of(text.substr(0, slash));
  if (!bits) return fail(Fault::invalid, "'{}' is not an IP address or network", text);
  const bool v4 = is_v4(*bits) && text.substr(0, slash).find(':') == std::string_view::npos;
  int prefix = v4 ? 32 : 128;
  if (slash != std::string_view::npos) {
    const auto digits = text.substr(slash + 1);
    int given = -1;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), given);
    if (error != std::errc{} || end != digits.data() + digits.size() || given < 0 || given > prefix)
      return fail(Fault::invalid, "'{}': a prefix length of 0 to {} belongs after the '/'", text, prefix);
    prefix = given;
  }
  Network network;
  network.bits_ = *bits;
  network.prefix_ = v4 ? prefix + 96 : prefix;
  keep_prefix(network.bits_, network.prefix_);
  return network;
}

bool Network::contains(std::string_view address) const {
  auto bits = bits_of(address);
  if (!bits) return false;
  keep_prefix(*bits, prefix_);
  return *bits == bits_;
}

std::string Network::text() const {
  const bool v4 = is_v4(bits_) && prefix_ >= 96;
  return fmt::format("{}/{}", text_of(bits_), v4 ? prefix_ - 96 : prefix_);
}

std::string neighbourhood(std::string_view address) {
  auto bits = bits_of(address);
  if (!bits) return std::string(address);
  const bool v4 = is_v4(*bits);
  keep_prefix(*bits, v4 ? 96 + 24 : 48);
  return fmt::format("{}/{}", text_of(*bits), v4 ? 24 : 48);
}

}  // namespace countersign::core
