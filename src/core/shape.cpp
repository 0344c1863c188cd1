#include "core/shape.hpp"

#include <algorithm>

#include "core/network.hpp"

namespace countersign::core {
namespace {

constexpr std::size_t longest_shape = 200, read_of_message = 1'000;

bool shape_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_hex(char c) {
  return shape_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool looks_like_address(std::string_view word) {
  const auto zone = word.find('%');
  const auto bare = word.substr(0, zone);
  return bare.find_first_of(".:") != std::string_view::npos && bare.size() < 46 && Network::parse(bare).has_value();
}

/// Sixteen or more characters that hold a digit and are hexadecimal or base64: a fingerprint, a digest, an id.
bool is_token(std::string_view word) {
  constexpr std::size_t shortest = 16;
  return word.size() >= shortest && std::ranges::any_of(word, shape_digit) && std::ranges::all_of(word, [](char c) {
           return shape_digit(c) || is_letter(c) || std::string_view("+/=_:-").find(c) != std::string_view::npos;
         });
}

/// Runs of digits become '#', a word of hexadecimal digits of eight or more "HEX".
std::string fold_numbers(std::string_view word) {
  constexpr std::size_t shortest_hex = 8;
  if (word.size() >= shortest_hex && std::ranges::all_of(word, is_hex) && std::ranges::any_of(word, shape_digit))
    return "HEX";
  std::string folded;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (!shape_digit(word[i]))
      folded.push_back(word[i] >= ' ' && word[i] < 127 ? word[i] : '?');
    else if (i == 0 || !shape_digit(word[i - 1]))
      folded.push_back('#');
  }
  return folded;
}

/// One word between blanks: what is punctuation at its ends stays.
std::string fold_word(std::string_view word) {
  constexpr std::string_view around = "()[]<>,;'\"";
  const auto begin = std::min(word.find_first_not_of(around), word.size());
  const auto end = word.find_last_not_of(".,;:()[]<>'\"");
  if (end == std::string_view::npos || end < begin) return fold_numbers(word);
  const auto core = word.substr(begin, end + 1 - begin);
  std::string folded(word.substr(0, begin));
  if (looks_like_address(core))
    folded += "ADDR";
  else if (core.size() > 1 && core.front() == '/')
    folded += "PATH";
  else if (is_token(core))
    folded += "HEX";
  else
    folded += fold_numbers(core);
  folded += word.substr(end + 1);
  return folded;
}

/// {"key":… : the names of an object's first members, in its order, whatever is nested in them.
std::string shape_of_object(std::string_view text) {
  constexpr int most_keys = 12;
  std::string shape = "{";
  int depth = 0;
  int keys = 0;
  for (std::size_t i = 0; i < text.size() && keys < most_keys; ++i) {
    const char c = text[i];
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (c != '"') continue;
    const auto begin = ++i;
    while (i < text.size() && text[i] != '"')
      i += text[i] == '\\' ? 2 : 1;
    const auto colon = std::min(text.find_first_not_of(" \t", std::min(i + 1, text.size())), text.size());
    if (depth != 1 || colon == text.size() || text[colon] != ':') continue;
    shape += keys++ == 0 ? "" : ",";
    shape += fold_numbers(text.substr(begin, i - begin));
  }
  return shape + "}";
}

}  // namespace

std::string shape_of(std::string_view message) {
  message = message.substr(0, read_of_message);
  std::string shape;
  if (message.starts_with("{\"")) {
    shape = shape_of_object(message);
  } else {
    while (!message.empty() && shape.size() < longest_shape) {
      if (message.front() == '"') {
        const auto close = std::min(message.find('"', 1), message.size());
        shape += "\"TEXT\"";
        message.remove_prefix(std::min(close + 1, message.size()));
        continue;
      }
      if (message.front() == ' ') {
        shape.push_back(' ');
        message.remove_prefix(1);
        continue;
      }
      const auto end = std::min(message.find_first_of(" \""), message.size());
      shape += fold_word(message.substr(0, end));
      message.remove_prefix(end);
    }
  }
  for (auto& c : shape)
    if (c < ' ' || c > '~') c = '?';
  if (shape.size() > longest_shape) shape.resize(longest_shape);
  return shape;
}

}  // namespace countersign::core
