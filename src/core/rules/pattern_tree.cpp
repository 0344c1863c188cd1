#include "core/rules/pattern_tree.hpp"

#include <algorithm>
#include <memory>

#include "core/rules/direct.hpp"

namespace countersign::core {
namespace {

constexpr int deepest_group = 50;

/// Recursive descent over RE2's syntax, the part of it that the header names.
class PatternParser {
 public:
  explicit PatternParser(std::string_view pattern) : rest_(pattern) {}

  std::optional<ParsedPattern> run() {
    auto tree = alternatives(0);
    if (!sound_ || !rest_.empty()) return std::nullopt;
    return ParsedPattern{std::move(*tree), groups_, std::move(names_)};
  }

 private:
  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  void refuse() {
    sound_ = false;
    rest_ = {};
  }
  char take_char() {
    if (rest_.empty()) {
      refuse();
      return 0;
    }
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  std::unique_ptr<PatternTree> alternatives(int depth) {
    auto choice = std::make_unique<PatternTree>();
    if (depth > deepest_group) {
      refuse();
      return choice;
    }
    choice->kind = PatternTree::Kind::choice;
    do {
      choice->parts.push_back(sequence(depth));
    } while (take("|"));
    return choice;
  }

  PatternTree sequence(int depth) {
    PatternTree result;
    while (!rest_.empty() && rest_.front() != '|' && rest_.front() != ')') {
      PatternTree part = atom(depth);
      quantify(part);
      if (!sound_) break;
      append(result.parts, std::move(part));
    }
    return result;
  }

  /// Bytes in a row are one text.
  static void append(std::vector<PatternTree>& parts, PatternTree part) {
    const bool one_byte =
        part.kind == PatternTree::Kind::set && part.least == 1 && part.most == 1 && part.set.count() == 1;
    if (!one_byte) {
      parts.push_back(std::move(part));
      return;
    }
    if (parts.empty() || parts.back().kind != PatternTree::Kind::text) {
      parts.emplace_back();
      parts.back().kind = PatternTree::Kind::text;
    }
    parts.back().text.push_back(static_cast<char>(part.set._Find_first()));
  }

  PatternTree atom(int depth) {
    if (take("(")) {
      std::uint32_t group = 0;
      if (take("?P<")) {
        group = groups_++;
        name_group(rest_.substr(0, rest_.find('>')), group);
        rest_.remove_prefix(std::min(rest_.find('>'), rest_.size()));
        if (!take(">")) refuse();
      } else if (!take("?:")) {
        if (rest_.starts_with('?')) refuse();
        group = groups_++;
      }
      auto tree = alternatives(depth + 1);
      if (!take(")")) refuse();
      tree->group = group;
      return std::move(*tree);
    }
    PatternTree tree;
    tree.kind = PatternTree::Kind::set;
    if (take("[")) {
      tree.set = character_class();
    } else if (take(".")) {
      tree.set.set();
    } else {
      tree.set[byte(literal("^$*+?{}[]"))] = true;
    }
    return tree;
  }

  /// What RE2 takes for a name, and each once.
  void name_group(std::string_view name, std::uint32_t group) {
    const bool is_word = std::ranges::all_of(name, [](char c) {
      return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
    if (name.empty() || !is_word || std::ranges::find(names_, name, &Name::first) != names_.end()) return refuse();
    names_.emplace_back(name, group);
  }

  /// One byte as written: escaped punctuation, or anything outside `special`.
  char literal(std::string_view special) {
    const char c = take_char();
    if (c == '\\') {
      const char escaped = take_char();
      // Letters and digits after a backslash mean something else than themselves.
      if (byte(escaped) >= 128 ||
          std::string_view("()[]{}.*+?^$|\\/-'\"; ,:").find(escaped) == std::string_view::npos) {
        refuse();
      }
      return escaped;
    }
    if (special.find(c) != std::string_view::npos) refuse();
    return c;
  }

  ByteSet character_class() {
    ByteSet set{};
    const bool negated = take("^");
    if (rest_.starts_with(']')) refuse();
    while (sound_ && !take("]")) {
      const char from = literal("[");
      char to = from;
      if (rest_.size() > 1 && rest_[0] == '-' && rest_[1] != ']') {
        take("-");
        to = literal("[");
      }
      if (byte(to) < byte(from)) refuse();
      for (std::size_t i = byte(from); i <= byte(to); ++i)
        set.set(i);
    }
    if (negated) set.flip();
    return set;
  }

  std::uint32_t number() {
    std::uint32_t value = 0;
    bool any = false;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9' && value < 1000) {
      value = value * 10 + static_cast<std::uint32_t>(take_char() - '0');
      any = true;
    }
    constexpr std::uint32_t most_repeats = 1000;  // RE2's
    if (!any || value > most_repeats) refuse();
    return value;
  }

  void quantify(PatternTree& part) {
    if (take("*")) {
      part.least = 0, part.most = unbounded_repeats;
    } else if (take("+")) {
      part.most = unbounded_repeats;
    } else if (take("?")) {
      part.least = 0;
    } else if (take("{")) {
      part.least = part.most = number();
      if (take(",")) part.most = rest_.starts_with('}') ? unbounded_repeats : number();
      if (!take("}") || part.least > part.most) refuse();
    } else {
      return;
    }
    part.lazy = take("?");  // the same messages match; what a group holds may differ
    if (!rest_.empty() && std::string_view("*+?{").find(rest_.front()) != std::string_view::npos) refuse();
    const bool copies = part.least == part.most || (part.least == 0 && part.most == 1);
    if (part.kind != PatternTree::Kind::set && (!copies || part.most > 32)) refuse();
  }

  std::string_view rest_;
  bool sound_ = true;
  std::uint32_t groups_ = 1;
  using Name = std::pair<std::string, std::uint32_t>;
  std::vector<Name> names_;
};

}  // namespace

std::optional<ParsedPattern> parse_pattern(std::string_view pattern) {
  return PatternParser(pattern).run();
}

}  // namespace countersign::core
