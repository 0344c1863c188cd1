#include "core/rules/can_hold.hpp"

#include <algorithm>

#include "core/network.hpp"

namespace countersign::core {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_letter_or_digit(char c) {
  return is_letter(c) || (c >= '0' && c <= '9');
}

/// "bastion.example.com": its last label is no number, so that a mistyped address is none.
bool is_host_name(std::string_view text) {
  const auto last = text.substr(text.rfind('.') + 1);  // npos + 1 is the beginning
  return std::ranges::any_of(last, is_letter) &&
         std::ranges::all_of(text, [](char c) { return is_letter_or_digit(c) || std::string_view("-_.").contains(c); });
}

bool is_glob(std::string_view text) {
  return text.contains('*') && std::ranges::all_of(text, [](char c) {
           return is_letter_or_digit(c) || std::string_view("*.:%-_").contains(c);
         });
}

}  // namespace

bool can_hold(std::string_view field, std::string_view value) {
  if (!field.ends_with(".ip") || value.empty()) return true;
  return Network::parse(value).has_value() || is_glob(value) || is_host_name(value);
}

}  // namespace countersign::core
