#include "base/text.hpp"

#include <string.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <vector>

namespace countersign {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view ellipsis = "\xE2\x80\xA6";     // U+2026

struct Character {
  char32_t code = 0;
  std::size_t length = 0;  // bytes; 0: these bytes are no UTF-8
};

/// The character at the front of `bytes`, which are not empty. RFC 3629: no overlong forms, surrogates, or beyond
/// U+10FFFF.
Character first_character(std::string_view bytes) {
  const auto at = [bytes](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(bytes[i])); };
  const char32_t lead = at(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  if (length == 0 || bytes.size() < length) return {};
  char32_t code = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0U) != 0x80) return {};
    code = code << 6 | (at(i) & 0x3FU);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  if (overlong || (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) return {};
  return {code, length};
}

struct Span {
  char32_t first;
  char32_t last;
};

// What moves, hides or ends text instead of showing something: Unicode's controls, format characters (bidirectional
// marks, embeddings and isolates, zero-width ones, tags), line separators, invisible fillers, variation selectors.
constexpr std::array<Span, 20> unseen{{{0x0000, 0x001F}, {0x007F, 0x009F}, {0x00AD, 0x00AD},   {0x034F, 0x034F},
                                       {0x061C, 0x061C}, {0x115F, 0x1160}, {0x17B4, 0x17B5},   {0x180B, 0x180F},
                                       {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},   {0x2800, 0x2800},
                                       {0x3164, 0x3164}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},
                                       {0xFFF0, 0xFFFB}, {0xFFFE, 0xFFFF}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}}};

bool shown(char32_t code) {
  return std::none_of(unseen.begin(), unseen.end(),
                      [code](const Span& span) { return code >= span.first && code <= span.last; });
}

bool octal(char c) {
  return c >= '0' && c <= '7';
}

/// The character a one-letter escape of vis(3) stands for, or '\0' where it is none.
char letter_escape(char letter) {
  constexpr std::string_view letters = "\\abfnrstv";
  constexpr std::string_view meanings = "\\\a\b\f\n\r \t\v";
  const auto place = letters.find(letter);
  return place == std::string_view::npos ? '\0' : meanings[place];
}

}  // namespace

std::string clean_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const auto length = first_character(bytes).length;
    out += length == 0 ? replacement : bytes.substr(0, length);
    bytes.remove_prefix(std::max<std::size_t>(1, length));
  }
  return out;
}

std::string one_line(std::string_view bytes, std::size_t limit) {
  std::string out;
  std::size_t count = 0;
  std::size_t before_last = 0;  // where the last character that fits begins
  while (!bytes.empty()) {
    if (count == limit) {
      out.resize(before_last);
      if (limit > 0) out += ellipsis;
      break;
    }
    const auto character = first_character(bytes);
    before_last = out.size();
    out += character.length == 0 || !shown(character.code) ? replacement : bytes.substr(0, character.length);
    bytes.remove_prefix(std::max<std::size_t>(1, character.length));
    ++count;
  }
  return out;
}

std::string undo_vis(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char next = text[i + 1];
    if (i + 3 < text.size() && next <= '3' && octal(next) && octal(text[i + 2]) && octal(text[i + 3])) {
      out += static_cast<char>((next - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else if (next == '0') {
      out += '\0';
      ++i;
    } else if (const char meant = letter_escape(next); meant != '\0') {
      out += meant;
      ++i;
    } else {
      out += '\\';  // no escape vis(3) writes: the text's own
    }
  }
  return out;
}

bool glob(std::string_view pattern, std::string_view text) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  text.remove_prefix(star);
  pattern.remove_prefix(star + 1);
  // Each run between stars is taken where it first occurs; memmem is linear, where a backtracking match is not.
  for (auto next = pattern.find('*'); next != std::string_view::npos; next = pattern.find('*')) {
    const auto run = pattern.substr(0, next);
    const void* const found = memmem(text.data(), text.size(), run.data(), run.size());
    if (found == nullptr && !run.empty()) return false;
    if (!run.empty())
      text.remove_prefix(static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) + run.size());
    pattern.remove_prefix(next + 1);
  }
  return text.ends_with(pattern);
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  constexpr std::size_t longest_word = 200;
  if (std::max(a.size(), b.size()) > longest_word) return a == b ? 0 : std::max(a.size(), b.size());
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t k = 0; k < b.size(); ++k) {
      const std::size_t replaced = diagonal + (a[i] == b[k] ? 0 : 1);
      diagonal = row[k + 1];
      row[k + 1] = std::min({replaced, row[k] + 1, row[k + 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace countersign
