#include "core/host_name.hpp"

#include <algorithm>

namespace countersign::core {

bool is_host_name(std::string_view name) {
  constexpr std::size_t longest = 253;
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
  };
  return !name.empty() && name.size() <= longest && std::ranges::all_of(name, fits);
}

}  // namespace countersign::core
