#include "web/form.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "web/http_words.hpp"

namespace countersign::web {
namespace {

/// Takes the front of `rest` up to `separator`, and that too.
std::string_view take(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const auto front = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return front;
}

}  // namespace

std::vector<std::string> form_values(std::string_view form, std::string_view name) {
  constexpr int most_pairs = 1000;
  std::vector<std::string> values;
  for (int pair = 0; pair < most_pairs && !form.empty(); ++pair) {
    auto rest = take(form, '&');
    const auto key = from_form(take(rest, '='));
    if (!key || *key != name) continue;
    if (auto value = from_form(rest)) values.push_back(*std::move(value));
  }
  return values;
}

std::string_view cookie(const net::Request& request, std::string_view name) {
  auto rest = net::header(request.headers, "Cookie");
  while (!rest.empty()) {
    auto pair = without_blanks(take(rest, ';'));
    if (without_blanks(take(pair, '=')) == name) return without_blanks(pair);
  }
  return {};
}

bool wants_page(const net::Request& request) {
  return net::header(request.headers, "Accept").contains("text/html");
}

std::string media_type(const net::Request& request) {
  auto value = net::header(request.headers, "Content-Type");
  std::string type(without_blanks(take(value, ';')));
  std::transform(type.begin(), type.end(), type.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return type;
}

}  // namespace countersign::web
