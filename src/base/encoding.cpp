#include "base/encoding.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace countersign {
namespace {

constexpr std::string_view standard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_safe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

unsigned byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

std::string to_base64(std::string_view bytes, std::string_view alphabet, bool padded) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t have = std::min<std::size_t>(3, bytes.size() - i);
    const unsigned group = byte_at(bytes, i) << 16 | (have > 1 ? byte_at(bytes, i + 1) << 8 : 0U) |
                           (have > 2 ? byte_at(bytes, i + 2) : 0U);
    for (std::size_t k = 0; k <= have; ++k)
      out += alphabet[group >> (18 - 6 * k) & 63U];
    if (padded) out.append(3 - have, '=');
  }
  return out;
}

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

constexpr int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// hex_digit of every byte: a form's body is a quarter escapes.
constexpr auto hex_values = [] {
  std::array<std::int8_t, 256> values{};
  for (int c = 0; c < 256; ++c)
    values[static_cast<std::size_t>(c)] = static_cast<std::int8_t>(hex_digit(static_cast<char>(c)));
  return values;
}();

bool unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

}  // namespace

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    out += digits[byte_at(bytes, i) >> 4];
    out += digits[byte_at(bytes, i) & 15U];
  }
  return out;
}

Result<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return fail(Fault::invalid, "hex of an odd length");
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]);
    const int low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return fail(Fault::invalid, "not a hex digit at {}", high < 0 ? i : i + 1);
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

std::string to_base64(std::string_view bytes) {
  return to_base64(bytes, standard, true);
}

std::string to_base64url(std::string_view bytes) {
  return to_base64(bytes, url_safe, false);
}

Result<std::string> from_base64(std::string_view text) {
  std::size_t padding = 0;
  while (padding < 2 && text.ends_with('=')) {
    text.remove_suffix(1);
    ++padding;
  }
  if (text.size() % 4 == 1 || (padding != 0 && (text.size() + padding) % 4 != 0))
    return fail(Fault::invalid, "base64 of an impossible length");
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  int held = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int digit = base64_digit(text[i]);
    if (digit < 0) return fail(Fault::invalid, "not a base64 character at {}", i);
    bits = (bits << 6 | static_cast<std::uint32_t>(digit)) & 0xFFFFFFU;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>(bits >> held & 255U);
    }
  }
  // RFC 4648 section 3.5: one notation for one value, so that nothing hides in the last bits.
  if ((bits & ((1U << held) - 1)) != 0) return fail(Fault::invalid, "base64 with stray bits at its end");
  return out;
}

Result<std::string> from_form(std::string_view text) {
  std::string out(text.size(), '\0');
  char* to = out.data();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      *to++ = text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (text.size() - i < 3) return fail(Fault::invalid, "not a percent escape at {}", i);
    const int high = hex_values[byte_at(text, i + 1)];
    const int low = hex_values[byte_at(text, i + 2)];
    if ((high | low) < 0) return fail(Fault::invalid, "not a percent escape at {}", i);
    *to++ = static_cast<char>(high * 16 + low);
    i += 2;
  }
  out.resize(static_cast<std::size_t>(to - out.data()));
  return out;
}

std::string to_percent(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (unreserved(text[i])) {
      out += text[i];
    } else {
      out += '%';
      out += digits[byte_at(text, i) >> 4];
      out += digits[byte_at(text, i) & 15U];
    }
  }
  return out;
}

std::optional<std::string> form_value(std::string_view form, std::string_view name) {
  for (int pairs = 0; pairs < 1000; ++pairs) {
    const auto pair = form.substr(0, form.find('&'));
    const auto equals = pair.find('=');
    if (const auto key = from_form(pair.substr(0, equals)); key && *key == name && !pair.empty()) {
      auto value = from_form(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1));
      return value ? std::optional(*std::move(value)) : std::nullopt;
    }
    if (pair.size() == form.size()) break;
    form.remove_prefix(pair.size() + 1);
  }
  return std::nullopt;
}

}  // namespace countersign
