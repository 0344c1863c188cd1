#include "core/rules/can_hold.hpp"

#include <algorithm>

#include "core/host_name.hpp"
#include "core/network.hpp"

namespace countersign::core {
namespace {

/// "bastion.example.com": its last label is no number, so that a mistyped address is none.
bool is_name_not_address(std::string_view text) {
  const auto last = text.substr(text.rfind('.') + 1);  // npos + 1 is the beginning
  return is_host_name(text) && last.find_first_not_of("0123456789") != std::string_view::npos;
}

/// Of addresses or of names.
bool is_glob(std::string_view text) {
  return text.contains('*') && std::ranges::all_of(text, [](const char& c) {
           return std::string_view("*:%").contains(c) || is_host_name(std::string_view(&c, 1));
         });
}

}  // namespace

bool can_hold(std::string_view field, std::string_view value) {
  if (!field.ends_with(".ip") || value.empty()) return true;
  return Network::parse(value).has_value() || is_glob(value) || is_name_not_address(value);
}

}  // namespace countersign::core
