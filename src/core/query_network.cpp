#include "core/query_network.hpp"

namespace countersign::core {

std::optional<Network> network_of(std::string_view field, std::string_view value) {
  if (!field.ends_with(".ip") || !value.contains('/')) return std::nullopt;
  const auto network = Network::parse(value);
  return network ? std::optional(*network) : std::nullopt;
}

}  // namespace countersign::core
