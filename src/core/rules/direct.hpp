// A pattern of plain parts (texts, runs of one character class, choices) matched part by part, which on log lines is
// several times faster than an automaton's step a byte. It never decides alone where it is unsure: a pattern it does
// not understand is not made, and a message it can't settle in a bounded number of steps is left to RE2.
// Immutable; safe for concurrent access.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/rules/pattern_tree.hpp"

namespace countersign::core {

/// A character's place in a set of all 256.
inline std::size_t byte(char c) {
  return static_cast<unsigned char>(c);
}

struct Capture {
  std::string_view text;  // inside the message; data() is null where the group took no part
  [[nodiscard]] bool taken() const { return text.data() != nullptr; }
};

class DirectPattern {
 public:
  DirectPattern(DirectPattern&&) noexcept = default;
  DirectPattern& operator=(DirectPattern&&) noexcept = default;

  /// nullopt where the pattern has anything but texts, classes, '.', groups, '|', and *, +, ?, {n,m} on what is one
  /// byte wide (on groups: ? and {n}).
  static std::optional<DirectPattern> compile(std::string_view pattern);

  /// The text every match begins with, as far as it stands at the pattern's beginning.
  [[nodiscard]] std::string_view prefix() const;

  /// Texts of which every match begins with one: choices at the beginning are followed. Never empty; [""] for any.
  [[nodiscard]] std::vector<std::string> prefixes() const;

  /// The number of the group of that name, or 0.
  [[nodiscard]] int group(std::string_view name) const;

  /// Whether the whole message matches; nullopt where that would take too many steps. The first `known` bytes are
  /// known to be what every match begins with.
  [[nodiscard]] std::optional<bool> matches(std::string_view message, std::size_t known = 0) const;

  /// What every group holds, by its number, 0 being the whole; empty where the message does not match, nullopt where
  /// that would take too many steps. Of several ways to match it is RE2's: the first in the pattern's own preference.
  [[nodiscard]] std::optional<std::vector<Capture>> capture(std::string_view message) const;

 private:
  DirectPattern() = default;

  using ByteTable = std::array<bool, 256>;  // the same, faster to ask
  enum class Kind : std::uint8_t { end, text, run, choice, mark };

  /// Small, for a match walks over a dozen of them; what it points to lies in the tables beside, which stay where they
  /// are when the pattern moves.
  struct Node {
    Kind kind = Kind::end;
    bool ends = false;            // the message may end here
    bool any = false;             // run: of every byte
    bool lazy = false;            // run: prefers to be short
    bool exclusive = false;       // run: what follows can't begin with a byte of the class: only its end is tried
    std::int16_t stop = -1;       // run: the class is every byte but this one
    std::uint32_t least = 0;      // run; text: its size; mark: which end of which group, 2 * group + (end ? 1 : 0)
    std::uint32_t most = 0;       // run
    const Node* next = nullptr;   // text, run, mark; choice: tried first
    const Node* other = nullptr;  // choice: tried second
    const char* text = nullptr;   // text
    const bool* table = nullptr;  // run: its class, by byte
    ByteSet first{};              // what a match from here on can begin with; the end with nothing
  };
  class Builder;
  static void collect_prefixes(const Node& node, std::string so_far, std::vector<std::string>& found);
  class Scan;
  class Attempt;
  class Capturing;

  std::deque<Node> nodes_;  // each points to earlier ones only
  std::deque<std::string> texts_;
  std::deque<ByteTable> classes_;
  const Node* start_ = nullptr;
  // The same pattern with its groups marked: marks would cost every match, and only the one that wins wants captures.
  const Node* marked_ = nullptr;
  std::uint32_t groups_ = 1;                                  // with the whole
  std::vector<std::pair<std::string, std::uint32_t>> names_;  // of groups
};

}  // namespace countersign::core
