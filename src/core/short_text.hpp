// Comparing and searching short texts without a call: the hot path of the rules compares a program's name, a prefix,
// a word or two a line, and looks for the end of a word that is nearly always near.
// Pure functions; safe for concurrent access.
#pragma once

#ifdef __SSE2__
#include <emmintrin.h>

#include <bit>
#endif

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace countersign::core {

/// std::memcmp(a, b, size) == 0. Two overlapping words cover every size up to sixteen.
inline bool same_bytes(const char* a, const char* b, std::size_t size) {
  const auto same_words = [&]<typename Word>(Word) {
    Word head_a, head_b, tail_a, tail_b;
    std::memcpy(&head_a, a, sizeof(Word));
    std::memcpy(&head_b, b, sizeof(Word));
    std::memcpy(&tail_a, a + size - sizeof(Word), sizeof(Word));
    std::memcpy(&tail_b, b + size - sizeof(Word), sizeof(Word));
    return ((head_a ^ head_b) | (tail_a ^ tail_b)) == 0;
  };
  if (size > 16) return std::memcmp(a, b, size) == 0;
  if (size >= 8) return same_words(std::uint64_t{});
  if (size >= 4) return same_words(std::uint32_t{});
  if (size == 0) return true;
  return a[0] == b[0] && a[size / 2] == b[size / 2] && a[size - 1] == b[size - 1];
}

#ifdef __SSE2__
/// Bit i is set where byte i of the sixteen at `text` is one of `wanted`.
template <typename... Byte>
unsigned among_sixteen(const char* text, Byte... wanted) {
  const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
  return (static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(wanted)))) | ...);
}
#endif

/// The first place of any of `wanted` in [at, end), or `end`.
template <typename... Byte>
const char* find_any(const char* at, const char* end, Byte... wanted) {
#ifdef __SSE2__
  constexpr std::ptrdiff_t step = sizeof(__m128i);
  for (; end - at >= step; at += step)
    if (const auto found = among_sixteen(at, wanted...); found != 0) return at + std::countr_zero(found);
#endif
  while (at != end && ((*at != wanted) && ...))
    ++at;
  return at;
}

/// The first place of `wanted` in [at, end), or `end`: near in one step, far by std::memchr.
inline const char* find_byte(const char* at, const char* end, char wanted) {
#ifdef __SSE2__
  constexpr std::ptrdiff_t step = sizeof(__m128i);
  if (end - at >= step) {
    if (const auto found = among_sixteen(at, wanted); found != 0) return at + std::countr_zero(found);
    at += step;
  }
#endif
  if (at == end) return end;
  const auto* found = static_cast<const char*>(std::memchr(at, wanted, static_cast<std::size_t>(end - at)));
  return found == nullptr ? end : found;
}

}  // namespace countersign::core
