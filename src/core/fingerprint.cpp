#include "core/fingerprint.hpp"

#include <algorithm>

#include "core/stamp_shape.hpp"

namespace countersign::core {
namespace {

constexpr std::string_view sha256 = "SHA256:", md5 = "MD5:";
constexpr std::size_t sha256_length = 43;  // 32 bytes in base64, without padding

bool is_base64(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '/' || c == '=';
}

/// "aa:bb:…", sixteen of them.
bool is_pairs(std::string_view text) {
  constexpr std::size_t length = 16 * 3 - 1;
  if (text.size() != length) return false;
  for (std::size_t i = 0; i < length; ++i) {
    const char c = text[i];
    if (i % 3 == 2 ? c != ':' : !is_digit(c) && (c < 'a' || c > 'f') && (c < 'A' || c > 'F')) return false;
  }
  return true;
}

}  // namespace

bool is_fingerprint(std::string_view text) {
  if (text.starts_with(md5)) return is_pairs(text.substr(md5.size()));
  return text.starts_with(sha256) && text.size() > sha256.size() &&
         std::ranges::all_of(text.substr(sha256.size()), is_base64);
}

bool is_whole_fingerprint(std::string_view text) {
  return is_fingerprint(text) && (!text.starts_with(sha256) || text.size() == sha256.size() + sha256_length);
}

}  // namespace countersign::core
