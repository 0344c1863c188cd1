#include "web/bounded_json.hpp"

namespace countersign::web {
namespace {

constexpr int deepest = 20;

}  // namespace

/// What reads and prints the values recurses, so the depth is bounded before.
Result<Json> parse_object(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth > deepest) return fail(Fault::invalid, "JSON nested deeper than {}", deepest);
  }
  auto parsed = Json::parse(text, nullptr, false);
  if (parsed.is_discarded()) return fail(Fault::invalid, "the body is not JSON");
  if (!parsed.is_object()) return fail(Fault::invalid, "the body must be a JSON object");
  return parsed;
}

}  // namespace countersign::web
