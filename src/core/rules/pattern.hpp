// One rule's pattern, compiled: RE2 over bytes (Latin-1, '.' is any byte), matching whole messages only.
// Immutable; safe for concurrent access.
#pragma once

#include <re2/re2.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "core/rules/direct.hpp"

namespace countersign::core {

class Pattern {
 public:
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  /// Fault::invalid with RE2's own words.
  static Result<Pattern> compile(std::string_view pattern);

  /// Precondition: the message begins with prefix().
  [[nodiscard]] bool matches(std::string_view message) const;
  /// The same, without the precondition, by RE2 alone: what the direct way is held against.
  [[nodiscard]] bool matches_by_automaton(std::string_view message) const;
  /// Every group by its number, 0 being the whole; empty where the message does not match.
  [[nodiscard]] std::vector<Capture> capture(std::string_view message) const;
  [[nodiscard]] std::vector<Capture> capture_by_automaton(std::string_view message) const;
  /// The number of the group of that name, or 0.
  [[nodiscard]] int group(std::string_view name) const;
  /// What every matching message begins with; may be empty.
  [[nodiscard]] const std::string& prefix() const { return prefix_; }
  /// Texts of which every matching message begins with one, each at least as long as prefix().
  [[nodiscard]] const std::vector<std::string>& prefixes() const { return prefixes_; }

 private:
  /// RE2's, made when it is first wanted where the direct way does nearly all: a pack of a hundred costs milliseconds.
  class Automaton;
  Pattern(std::unique_ptr<Automaton> automaton, std::optional<DirectPattern> direct);

  std::unique_ptr<Automaton> automaton_;
  std::optional<DirectPattern> direct_;
  std::string prefix_;
  std::vector<std::string> prefixes_;
};

}  // namespace countersign::core
