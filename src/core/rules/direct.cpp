#include "core/rules/direct.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <vector>

namespace countersign::core {
namespace {

constexpr std::uint32_t kUnbounded = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t kMostNodes = 2000;
constexpr int kDeepest = 50;

}  // namespace

/// Recursive descent over RE2's syntax, the part of it above. Builds back to front: every piece is given what follows.
class DirectPattern::Parser {
 public:
  explicit Parser(std::string_view pattern) : rest_(pattern) {}

  std::optional<DirectPattern> run() {
    const auto tree = alternatives(0);
    if (!sound_ || !rest_.empty()) return std::nullopt;
    DirectPattern result;
    made_ = &result;
    Node last;
    last.ends = true;
    const Node* const end = add(last);
    result.start_ = build(*tree, end);
    marking_ = true;
    result.marked_ = build(*tree, end);
    result.groups_ = groups_;
    result.names_ = std::move(names_);
    made_ = nullptr;
    if (!sound_) return std::nullopt;
    return result;
  }

 private:
  struct Tree {
    enum class Kind { set, text, sequence, choice } kind = Kind::sequence;
    ByteSet set{};
    std::string text;
    std::uint32_t least = 1;
    std::uint32_t most = 1;
    bool lazy = false;
    std::uint32_t group = 0;  // 0: captures nothing
    std::vector<Tree> parts;
  };

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

  std::unique_ptr<Tree> alternatives(int depth) {
    auto choice = std::make_unique<Tree>();
    if (depth > kDeepest) {
      refuse();
      return choice;
    }
    choice->kind = Tree::Kind::choice;
    do {
      choice->parts.push_back(sequence(depth));
    } while (take("|"));
    return choice;
  }

  Tree sequence(int depth) {
    Tree result;
    while (!rest_.empty() && rest_.front() != '|' && rest_.front() != ')') {
      Tree part = atom(depth);
      quantify(part);
      if (!sound_) break;
      append(result.parts, std::move(part));
    }
    return result;
  }

  /// Bytes in a row are one text.
  static void append(std::vector<Tree>& parts, Tree part) {
    const bool one_byte = part.kind == Tree::Kind::set && part.least == 1 && part.most == 1 && part.set.count() == 1;
    if (!one_byte) {
      parts.push_back(std::move(part));
      return;
    }
    if (parts.empty() || parts.back().kind != Tree::Kind::text) {
      parts.emplace_back();
      parts.back().kind = Tree::Kind::text;
    }
    parts.back().text.push_back(static_cast<char>(part.set._Find_first()));
  }

  Tree atom(int depth) {
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
    Tree tree;
    tree.kind = Tree::Kind::set;
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

  void quantify(Tree& part) {
    if (take("*")) {
      part.least = 0, part.most = kUnbounded;
    } else if (take("+")) {
      part.most = kUnbounded;
    } else if (take("?")) {
      part.least = 0;
    } else if (take("{")) {
      part.least = part.most = number();
      if (take(",")) part.most = rest_.starts_with('}') ? kUnbounded : number();
      if (!take("}") || part.least > part.most) refuse();
    } else {
      return;
    }
    part.lazy = take("?");  // the same messages match; what a group holds may differ
    if (!rest_.empty() && std::string_view("*+?{").find(rest_.front()) != std::string_view::npos) refuse();
    const bool copies = part.least == part.most || (part.least == 0 && part.most == 1);
    if (part.kind != Tree::Kind::set && (!copies || part.most > 32)) refuse();
  }

  const Node* add(const Node& node) {
    if (made_->nodes_.size() >= kMostNodes) {
      sound_ = false;
      return &made_->nodes_.front();
    }
    made_->nodes_.push_back(node);
    return &made_->nodes_.back();
  }

  /// Most classes are used again and again: digits, anything but a blank.
  const bool* table_of(const ByteSet& set) {
    const auto known = std::ranges::find(tables_, set, &Table::first);
    if (known != tables_.end()) return known->second;
    auto& table = made_->classes_.emplace_back();
    for (std::size_t i = 0; i < table.size(); ++i)
      table[i] = set[i];
    return tables_.emplace_back(set, table.data()).second;
  }

  const Node* build(const Tree& tree, const Node* next) {
    if (!sound_) return next;
    if (tree.kind == Tree::Kind::set) return build_set(tree, next);
    if (tree.kind == Tree::Kind::text) return build_text(tree.text, next);
    const auto unmarked = [&](const Node* after) {
      if (tree.kind == Tree::Kind::sequence) {
        for (auto part = tree.parts.rbegin(); part != tree.parts.rend(); ++part)
          after = build(*part, after);
        return after;
      }
      const Node* chosen = build(tree.parts.back(), after);
      for (auto part = std::next(tree.parts.rbegin()); part != tree.parts.rend(); ++part) {
        chosen = choice(build(*part, after), chosen);
      }
      return chosen;
    };
    const auto once = [&](const Node* after) {
      if (!marking_ || tree.group == 0) return unmarked(after);
      return mark(2 * tree.group, unmarked(mark(2 * tree.group + 1, after)));
    };
    if (tree.most == 0) return next;
    if (tree.least == 0) return tree.lazy ? choice(next, once(next)) : choice(once(next), next);
    for (std::uint32_t i = 0; i < tree.least; ++i)
      next = once(next);
    return next;
  }

  const Node* mark(std::uint32_t place, const Node* next) {
    Node node = *next;  // which begins and ends as it does
    node.kind = Kind::mark;
    node.least = place;
    node.next = next;
    return add(node);
  }

  const Node* choice(const Node* first, const Node* second) {
    Node node;
    node.kind = Kind::choice;
    node.next = first;
    node.other = second;
    node.first = first->first | second->first;
    node.ends = first->ends || second->ends;
    return add(node);
  }

  const Node* build_set(const Tree& tree, const Node* next) {
    const auto size = tree.set.count();
    if (size != 1 || tree.least != tree.most || tree.most > 32) return build_run(tree, size, next);
    return build_text(std::string(tree.most, static_cast<char>(tree.set._Find_first())), next);
  }

  const Node* build_text(std::string text, const Node* next) {
    if (text.empty()) return next;
    if (next->kind == Kind::text) {  // one text of two; the other may still be reached from elsewhere
      text.append(next->text, next->least);
      next = next->next;
    }
    Node node;
    node.kind = Kind::text;
    node.next = next;
    node.least = static_cast<std::uint32_t>(text.size());
    node.first.set(byte(text.front()));
    node.text = made_->texts_.emplace_back(std::move(text)).data();
    return add(node);
  }

  const Node* build_run(const Tree& tree, std::size_t size, const Node* next) {
    Node node;
    node.kind = Kind::run;
    node.table = table_of(tree.set);
    node.any = size == 256;
    if (size == 255) node.stop = static_cast<std::int16_t>((~tree.set)._Find_first());
    node.ends = tree.least == 0 && next->ends;
    node.least = tree.least;
    node.most = tree.most;
    node.lazy = tree.lazy;
    node.next = next;
    node.first = node.least == 0 ? tree.set | next->first : tree.set;
    node.exclusive = (tree.set & next->first).none();
    return add(node);
  }

  std::string_view rest_;
  bool sound_ = true;
  bool marking_ = false;
  std::uint32_t groups_ = 1;
  using Table = std::pair<ByteSet, const bool*>;
  std::vector<Table> tables_;
  using Name = std::pair<std::string, std::uint32_t>;
  std::vector<Name> names_;
  DirectPattern* made_ = nullptr;
};

int DirectPattern::group(std::string_view name) const {
  for (const auto& [known, number] : names_)
    if (known == name) return static_cast<int>(number);
  return 0;
}

std::optional<DirectPattern> DirectPattern::compile(std::string_view pattern) {
  return Parser(pattern).run();
}

}  // namespace countersign::core
