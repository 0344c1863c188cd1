// JSON from outside: bounded in depth before it is parsed, errors instead of exceptions. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace countersign::chat::slack {

/// Fault::invalid for what is no JSON object, or nests deeper than 32. The size is the caller's bound.
Result<nlohmann::json> parse_object(std::string_view text);

/// The string at a path of member names, or empty where there is none.
std::string string_at(const nlohmann::json& object, std::initializer_list<const char*> path);

/// As bytes to send; text that is no UTF-8 gets U+FFFD.
std::string to_bytes(const nlohmann::json& json);

}  // namespace countersign::chat::slack
