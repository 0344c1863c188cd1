#include "web/router.hpp"

#include <optional>

namespace countersign::web {
namespace {

std::string_view take_segment(std::string_view& rest) {
  const auto end = rest.find('/');
  const auto segment = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return segment;
}

std::optional<std::vector<std::string>> segments_of(std::string_view pattern, std::string_view path) {
  std::vector<std::string> segments;
  while (!pattern.empty() || !path.empty()) {
    if (pattern.empty() || path.empty()) return std::nullopt;
    const auto wanted = take_segment(pattern);
    const auto found = take_segment(path);
    if (wanted == ":" && !found.empty())
      segments.emplace_back(found);
    else if (wanted != found)
      return std::nullopt;
  }
  return segments;
}

}  // namespace

void Router::add(std::string method, std::string pattern, Action action) {
  routes_.push_back({std::move(method), std::move(pattern), std::move(action)});
}

Router::Match Router::find(std::string_view method, std::string_view path) const {
  Match match;
  for (const auto& route : routes_) {
    auto segments = segments_of(route.pattern, path);
    if (!segments) continue;
    if (route.method == method) return {.action = &route.action, .segments = *std::move(segments), .allow = {}};
    match.allow += match.allow.empty() ? route.method : ", " + route.method;
  }
  return match;
}

}  // namespace countersign::web
