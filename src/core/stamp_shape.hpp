// How a stamp looks, at the beginning of a syslog line and alone: found without reading what time it means.
// Inline, for nearly every line is asked. Pure functions; safe for concurrent access.
#pragma once

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <cstddef>
#include <string_view>

namespace countersign::core {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

#ifdef __SSE2__
constexpr std::size_t kVector = sizeof(__m128i);
#endif

/// 1 to 12, or 0 where the text does not begin with a month's name.
inline unsigned month_of(std::string_view text) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() < 3) return 0;
  for (std::size_t i = 0; i < 12; ++i) {
    const char* name = kMonths.data() + i * 3;
    if (text[0] == name[0] && text[1] == name[1] && text[2] == name[2]) return static_cast<unsigned>(i) + 1;
  }
  return 0;
}

/// The length of "HH:MM:SS" with any fraction at the text's beginning, or 0.
inline std::size_t clock_size(std::string_view text) {
  if (text.size() < 8 || text[2] != ':' || text[5] != ':') return 0;
  for (const std::size_t i : {0U, 1U, 3U, 4U, 6U, 7U}) {
    if (!is_digit(text[i])) return 0;
  }
  std::size_t size = 8;
  if (size + 1 < text.size() && text[size] == '.' && is_digit(text[size + 1])) {
    ++size;
    while (size < text.size() && is_digit(text[size]))
      ++size;
  }
  return size;
}

inline bool is_year(std::string_view text) {
  return text.size() >= 5 && is_digit(text[0]) && is_digit(text[1]) && is_digit(text[2]) && is_digit(text[3]) &&
         text[4] == ' ';
}

#ifdef __SSE2__
/// Whether the text begins as "Nov 20 01:02:03 " does: the form nearly every line has, in one look at sixteen bytes.
inline bool has_usual_stamp(std::string_view text) {
  if (text.size() < kVector) return false;
  const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data()));
  const auto at_most_nine = _mm_cmplt_epi8(bytes, _mm_set1_epi8('9' + 1));
  const auto digits = static_cast<unsigned>(
      _mm_movemask_epi8(_mm_and_si128(at_most_nine, _mm_cmpgt_epi8(bytes, _mm_set1_epi8('0' - 1)))));
  const auto fixed = static_cast<unsigned>(_mm_movemask_epi8(
      _mm_cmpeq_epi8(bytes, _mm_setr_epi8(0, 0, 0, ' ', ' ', 0, ' ', 0, 0, ':', 0, 0, ':', 0, 0, ' '))));
  constexpr unsigned want_digits = 0b0110'1101'1010'0000;  // the day may have but one
  constexpr unsigned want_fixed = 0b1001'0010'0100'1000;
  if ((digits & want_digits) != want_digits || (fixed & want_fixed) != want_fixed) return false;
  const bool day_has_two = ((digits | fixed) & 0b1'0000U) != 0;
  return day_has_two && month_of(text) != 0;
}
#endif

/// The length of "Nov 20 01:02:03", "Nov  5 2026 01:02:03" or "2026 Nov 20 01:02:03", or 0.
inline std::size_t bsd_stamp_size(std::string_view text) {
#ifdef __SSE2__
  if (has_usual_stamp(text)) return kVector - 1;
#endif
  std::size_t at = is_year(text) ? 5 : 0;
  if (month_of(text.substr(at)) == 0) return 0;
  at += 3;
  if (at >= text.size() || text[at] != ' ') return 0;
  ++at;
  if (at < text.size() && text[at] == ' ') ++at;
  const std::size_t day = at;
  while (at < text.size() && at < day + 2 && is_digit(text[at]))
    ++at;
  if (at == day || at >= text.size() || text[at] != ' ') return 0;
  ++at;
  if (is_year(text.substr(at))) at += 5;
  const std::size_t clock = clock_size(text.substr(at));
  return clock == 0 ? 0 : at + clock;
}

/// The length of "2026-11-20T01:02:03", with what fraction and zone it has, or 0.
inline std::size_t iso_stamp_size(std::string_view text) {
  if (text.size() < 19 || text[4] != '-' || text[7] != '-' || !is_digit(text[0]) ||
      (text[10] != 'T' && text[10] != ' ')) {
    return 0;
  }
  const std::size_t clock = clock_size(text.substr(11));
  if (clock == 0) return 0;
  const auto blank = text.find(' ', 11 + clock);
  return blank == std::string_view::npos ? text.size() : blank;
}

inline bool has_zone(std::string_view iso) {
  return iso.ends_with('Z') || iso.ends_with('z') || iso.find_first_of("+-", 19) != std::string_view::npos;
}

}  // namespace countersign::core
