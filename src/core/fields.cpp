#include "core/fields.hpp"

#include <algorithm>

namespace countersign::core {
namespace {

constexpr std::string_view any_element = "[*]";

/// Takes ".17" from the front of a leaf's path.
bool drop_element(std::string_view& path) {
  if (!path.starts_with('.')) return false;
  const auto end = std::min(path.find_first_not_of("0123456789", 1), path.size());
  path.remove_prefix(end);
  return end > 1;
}

/// Whether `path` is one of those that `pattern` stands for.
bool stands_for(std::string_view pattern, std::string_view path) {
  for (auto at = pattern.find(any_element); at != std::string_view::npos; at = pattern.find(any_element)) {
    if (!path.starts_with(pattern.substr(0, at))) return false;
    path.remove_prefix(at);
    if (!drop_element(path)) return false;
    pattern.remove_prefix(at + any_element.size());
  }
  return pattern == path;
}

}  // namespace

const std::string* Fields::find_any(std::string_view path, const std::function<bool(std::string_view)>& wanted) const {
  const auto list = std::string(path.substr(0, path.find(any_element))) + '.';
  for (auto leaf = leaves_.lower_bound(list); leaf != leaves_.end() && leaf->first.starts_with(list); ++leaf)
    if (stands_for(path, leaf->first) && wanted(leaf->second)) return &leaf->second;
  return nullptr;
}

std::string Fields::escaped(std::string_view key) {
  std::string result;
  result.reserve(key.size());
  for (const char c : key) {
    if (c == '.' || c == '\\') result.push_back('\\');
    result.push_back(c);
  }
  return result;
}

}  // namespace countersign::core
