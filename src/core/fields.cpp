#include "core/fields.hpp"

namespace countersign::core {

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
