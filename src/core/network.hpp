// IP networks in CIDR notation, for policies ("10.0.0.0/8", "2001:db8::/32", a bare address). Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace countersign::core {

class Network {
 public:
  /// Fault::invalid for anything that is not an address with an optional prefix length; host bits are cleared.
  static Result<Network> parse(std::string_view text);

  /// False for text that is no address. A zone ("%eth0") is ignored, ::ffff:a.b.c.d is a.b.c.d.
  [[nodiscard]] bool contains(std::string_view address) const;
  [[nodiscard]] std::string text() const;

 private:
  std::array<std::uint8_t, 16> bits_{};
  int prefix_ = 0;  // of 128; IPv4 lives in ::ffff:0:0/96
};

/// The network an address is counted as coming from when asking "have we seen this before": its /24 or /48.
/// The text itself where it is no address.
std::string neighbourhood(std::string_view address);

}  // namespace countersign::core
