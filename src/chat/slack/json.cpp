#include "chat/slack/json.hpp"

namespace countersign::chat::slack {
namespace {

constexpr int deepest = 32;

bool too_deep(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > deepest) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

}  // namespace

Result<nlohmann::json> parse_object(std::string_view text) {
  if (too_deep(text)) return fail(Fault::invalid, "JSON nested deeper than {}", deepest);
  auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return fail(Fault::invalid, "not a JSON object");
  return json;
}

std::string string_at(const nlohmann::json& object, std::initializer_list<const char*> path) {
  const auto* at = &object;
  for (const char* member : path) {
    if (!at->is_object()) return {};
    const auto found = at->find(member);
    if (found == at->end()) return {};
    at = &*found;
  }
  return at->is_string() ? at->get<std::string>() : std::string();
}

std::string to_bytes(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace countersign::chat::slack
