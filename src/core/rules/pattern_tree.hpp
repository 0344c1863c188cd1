// The syntax of a pattern of plain parts, as a tree: what direct.hpp matches. Pure.
#pragma once

#include <bitset>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace countersign::core {

using ByteSet = std::bitset<256>;

/// A piece of a pattern, repeated `least` to `most` times.
struct PatternTree {
  enum class Kind { set, text, sequence, choice } kind = Kind::sequence;
  ByteSet set{};
  std::string text;
  std::uint32_t least = 1;
  std::uint32_t most = 1;
  bool lazy = false;
  std::uint32_t group = 0;  // 0: captures nothing
  std::vector<PatternTree> parts;
};

inline constexpr std::uint32_t unbounded_repeats = std::numeric_limits<std::uint32_t>::max();

struct ParsedPattern {
  PatternTree tree;
  std::uint32_t groups = 1;                                  // with the whole
  std::vector<std::pair<std::string, std::uint32_t>> names;  // of groups
};

/// nullopt where the pattern has anything but what DirectPattern::compile() takes, or is none of RE2's.
std::optional<ParsedPattern> parse_pattern(std::string_view pattern);

}  // namespace countersign::core
