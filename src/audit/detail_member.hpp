// Members of an entry's detail, which anybody may have written. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace countersign::audit {

/// "" where it is no text.
inline std::string text_of(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

inline std::int64_t number_of(const nlohmann::json& object, const char* name, std::int64_t otherwise) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : otherwise;
}

}  // namespace countersign::audit
