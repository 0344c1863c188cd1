#include "webhooks/json_path.hpp"

#include <algorithm>
#include <charconv>

namespace countersign::webhooks {
namespace {

constexpr std::size_t kMostSteps = 16;

}  // namespace

Result<JsonPath> JsonPath::parse(std::string_view text) {
  JsonPath path;
  const auto wrong = [&](std::string_view rest, std::string_view what) {
    return fail(Fault::invalid, "\"{}\" is no path: position {}: {}", text, text.size() - rest.size() + 1, what);
  };
  auto rest = text;
  if (rest.starts_with('$')) rest.remove_prefix(1);
  bool first = rest.size() == text.size();
  if (text.empty()) return wrong(rest, "it is empty; \"$\" is the value itself");
  while (!rest.empty()) {
    if (path.steps_.size() == kMostSteps) return wrong(rest, "it has more than 16 steps");
    Step step;
    if (rest.starts_with("[\"")) {
      const auto end = rest.find("\"]", 2);
      if (end == std::string_view::npos) return wrong(rest, "the key has no \"] behind it");
      step.key = rest.substr(2, end - 2);
      rest.remove_prefix(end + 2);
    } else if (rest.starts_with('[')) {
      const auto end = rest.find(']');
      const auto inside = rest.substr(1, end == std::string_view::npos ? end : end - 1);
      std::size_t index = 0;
      const auto [stop, error] = std::from_chars(inside.data(), inside.data() + inside.size(), index);
      step.every = inside == "*";
      if (end == std::string_view::npos ||
          (!step.every && (error != std::errc() || stop != inside.data() + inside.size())))
        return wrong(rest, "expected [N], [*] or [\"key\"]");
      if (!step.every) step.index = index;
      rest.remove_prefix(end + 1);
    } else {
      if (!first) {
        if (!rest.starts_with('.')) return wrong(rest, "expected '.' or '['");
        rest.remove_prefix(1);
      }
      const auto end = std::min(rest.find_first_of(".["), rest.size());
      if (end == 0) return wrong(rest, "a key is missing");
      step.key = rest.substr(0, end);
      rest.remove_prefix(end);
    }
    first = false;
    path.steps_.push_back(std::move(step));
  }
  return path;
}

}  // namespace countersign::webhooks
