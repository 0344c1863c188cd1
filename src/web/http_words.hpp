// HTTP's small words: compared without regard to case, trimmed of optional white space (RFC 9110
// sections 5.6.2, 5.6.3).
#pragma once

#include <algorithm>
#include <string_view>

namespace countersign::web {

/// The same but for the case of ASCII letters.
inline bool same_word(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

inline std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view blank = " \t";
  const auto from = text.find_first_not_of(blank);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(blank) - from + 1);
}

}  // namespace countersign::web
