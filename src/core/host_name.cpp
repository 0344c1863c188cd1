#include "core/host_name.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace countersign::core {

bool is_host_name(std::string_view name) {
  constexpr std::size_t longest = 253;
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
  };
  return !name.empty() && name.size() <= longest && std::ranges::all_of(name, fits);
}

std::string canonical_host(std::string_view name) {
  const auto before_dot = name.substr(0, name.size() - 1);
  if (name.ends_with('.') && !before_dot.empty() && !before_dot.ends_with('.')) name = before_dot;
  std::string canonical(name);
  std::ranges::transform(canonical, canonical.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return canonical;
}

bool host_glob(std::string_view pattern, std::string_view name) {
  return pattern == "*" || glob(canonical_host(pattern), canonical_host(name));
}

}  // namespace countersign::core
