// Text from attackers, made fit to show or compare. Pure; every output is at most four times its input.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace countersign {

/// Valid UTF-8: bytes that are none become U+FFFD.
std::string clean_utf8(std::string_view bytes);

/// For one line of a message or terminal: valid UTF-8 without control, bidirectional and zero-width characters
/// (each shown as U+FFFD). What is longer than `limit` characters is cut to that many, the last of them "…".
std::string one_line(std::string_view bytes, std::size_t limit = 200);

/// vis(3) C-style escapes undone, as sshd's log writes them (openssh log.c, VIS_SAFE|VIS_OCTAL|VIS_CSTYLE).
std::string undo_vis(std::string_view text);

/// True where `text` matches `pattern`, in which '*' stands for any run of characters. Linear, no backtracking blow-up.
bool glob(std::string_view pattern, std::string_view text);

/// The nearest of `known` to `word` by edit distance, or empty where none is near enough to be meant.
template <typename Range>
std::string_view nearest(std::string_view word, const Range& known);
std::size_t edit_distance(std::string_view a, std::string_view b);

template <typename Range>
std::string_view nearest(std::string_view word, const Range& known) {
  std::string_view best;
  std::size_t best_distance = word.size() / 3 + 2;
  for (const auto& candidate : known) {
    const auto distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace countersign
