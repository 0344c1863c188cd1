// Equality of short texts without a call: the hot path compares a program's name, a prefix, a word or two a line.
#pragma once

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

}  // namespace countersign::core
