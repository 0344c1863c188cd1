#include "app/decoder.hpp"

#include <algorithm>

namespace countersign::app {
namespace {

bool same_header(std::string_view a, std::string_view b) {
  const auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, low, low);
}

}  // namespace

std::string_view Delivery::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (same_header(key, name)) return value;
  return {};
}

const Fetched* Delivery::find_fetched(std::string_view url) const {
  const auto found = std::ranges::find(fetched, url, &Fetched::url);
  return found == fetched.end() ? nullptr : &*found;
}

Door Decoder::door(const Delivery& head) const {
  return head.method == "POST" ? Door::guarded : Door::closed;
}

std::optional<Reply> Decoder::refusal(const Delivery&, const Error&) const {
  return std::nullopt;
}

}  // namespace countersign::app
