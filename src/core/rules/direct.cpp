#include "core/rules/direct.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <vector>

#include "core/rules/same_bytes.hpp"

namespace countersign::core {
namespace {

constexpr std::uint32_t kUnbounded = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t kMostNodes = 2000;
constexpr int kDeepest = 50;

std::size_t byte(char c) {
  return static_cast<unsigned char>(c);
}

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
    if (!sound_) return std::nullopt;
    return result;
  }

 private:
  struct Tree {
    enum class Kind { set, sequence, choice } kind = Kind::sequence;
    ByteSet set{};
    std::uint32_t least = 1;
    std::uint32_t most = 1;
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
      result.parts.push_back(std::move(part));
    }
    return result;
  }

  Tree atom(int depth) {
    if (take("(")) {
      if (take("?P<")) {
        rest_.remove_prefix(std::min(rest_.find('>'), rest_.size()));
        if (!take(">")) refuse();
      } else if (!take("?:") && rest_.starts_with('?')) {
        refuse();
      }
      auto tree = alternatives(depth + 1);
      if (!take(")")) refuse();
      return std::move(*tree);
    }
    Tree tree;
    tree.kind = Tree::Kind::set;
    if (take("[")) {
      tree.set = character_class();
    } else if (take(".")) {
      tree.set.fill(true);
    } else {
      tree.set[byte(literal("^$*+?{}[]"))] = true;
    }
    return tree;
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
        set[i] = true;
    }
    if (negated) {
      for (auto& in : set)
        in = !in;
    }
    return set;
  }

  std::uint32_t number() {
    std::uint32_t value = 0;
    bool any = false;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9' && value < 1000) {
      value = value * 10 + static_cast<std::uint32_t>(take_char() - '0');
      any = true;
    }
    if (!any) refuse();
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
    take("?");  // lazy or not, the same messages match
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

  const bool* keep(const ByteSet& set) { return made_->sets_.emplace_back(set).data(); }

  static void join(ByteSet& to, const bool* from) {
    if (from == nullptr) return;  // the end: begins with nothing
    for (std::size_t i = 0; i < to.size(); ++i)
      to[i] = to[i] || from[i];
  }

  const Node* build(const Tree& tree, const Node* next) {
    if (!sound_) return next;
    if (tree.kind == Tree::Kind::set) return build_set(tree, next);
    const auto once = [&](const Node* after) {
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
    if (tree.least == 0) return tree.most == 0 ? next : choice(once(next), next);
    for (std::uint32_t i = 0; i < tree.least; ++i)
      next = once(next);
    return next;
  }

  const Node* choice(const Node* first, const Node* second) {
    Node node;
    node.kind = Kind::choice;
    node.next = first;
    node.other = second;
    ByteSet begins{};
    join(begins, first->first);
    join(begins, second->first);
    node.ends = first->ends || second->ends;
    node.first = keep(begins);
    return add(node);
  }

  const Node* build_set(const Tree& tree, const Node* next) {
    const auto size = std::ranges::count(tree.set, true);
    if (size == 1 && tree.least == tree.most && tree.most <= 32) {
      if (tree.most == 0) return next;
      std::string text(tree.most, static_cast<char>(std::ranges::find(tree.set, true) - tree.set.begin()));
      if (next->kind == Kind::text) {  // one text of two; the other may still be reached from elsewhere
        text.append(next->text, next->least);
        next = next->next;
      }
      return build_text(std::move(text), next);
    }
    return build_run(tree, size, next);
  }

  const Node* build_text(std::string text, const Node* next) {
    Node node;
    node.kind = Kind::text;
    node.next = next;
    node.least = static_cast<std::uint32_t>(text.size());
    ByteSet begins{};
    begins[byte(text.front())] = true;
    node.first = keep(begins);
    node.text = made_->texts_.emplace_back(std::move(text)).data();
    return add(node);
  }

  const Node* build_run(const Tree& tree, std::ptrdiff_t size, const Node* next) {
    Node node;
    node.kind = Kind::run;
    node.set = keep(tree.set);
    node.any = size == 256;
    if (size == 255) node.stop = static_cast<std::int16_t>(std::ranges::find(tree.set, false) - tree.set.begin());
    node.ends = tree.least == 0 && next->ends;
    node.least = tree.least;
    node.most = tree.most;
    node.next = next;
    ByteSet begins = tree.set;
    if (node.least == 0) join(begins, next->first);
    node.first = keep(begins);
    node.exclusive = true;
    for (std::size_t i = 0; next->first != nullptr && i < tree.set.size(); ++i) {
      if (tree.set[i] && next->first[i]) node.exclusive = false;
    }
    return add(node);
  }

  std::string_view rest_;
  bool sound_ = true;
  DirectPattern* made_ = nullptr;
};

/// One message against the nodes: depth-first, within a budget. Recursion is at most as deep as the pattern is long.
class DirectPattern::Attempt {
 public:
  explicit Attempt(std::string_view message) : end_(message.data() + message.size()) {}

  bool from(const Node* node, const char* at) {
    while (--steps_ >= 0) {
      if (at == end_) return node->ends;
      switch (node->kind) {
        case Kind::end:
          return false;
        case Kind::text:
          if (!begins(at, *node)) return false;
          at += node->least;
          node = node->next;
          break;
        case Kind::choice:
          if (can_begin(*node->next, at) && from(node->next, at)) return true;
          node = node->other;
          break;
        case Kind::run: {
          const char* const last = run_end(*node, at);
          if (last - at < static_cast<std::ptrdiff_t>(node->least)) return false;
          if (!node->exclusive) return some_end(*node->next, at + node->least, last);
          at = last;
          node = node->next;
          break;
        }
      }
    }
    return false;
  }

  [[nodiscard]] bool gave_up() const { return steps_ < 0; }

 private:
  /// What follows a run, tried at each of its possible ends. The first one first: which one matches is all the same
  /// here, and in log lines a word seldom holds what the next one begins with.
  bool some_end(const Node& next, const char* first, const char* last) {
    const char* const until = std::min(last + 1, end_);  // past the last end that has a byte behind it
    for (const char* at = first; at <= last && steps_ >= 0; ++at) {
      if (next.kind == Kind::text) {
        if (at >= until) return false;
        at = static_cast<const char*>(std::memchr(at, *next.text, static_cast<std::size_t>(until - at)));
        if (at == nullptr) return false;
      }
      if (can_begin(next, at) && from(&next, at)) return true;
    }
    return false;
  }

  [[nodiscard]] bool begins(const char* at, const Node& node) const {
    return static_cast<std::size_t>(end_ - at) >= node.least && same_bytes(at, node.text, node.least);
  }

  /// Necessary, not sufficient: spares most attempts that would fail at once.
  [[nodiscard]] bool can_begin(const Node& node, const char* at) const {
    if (node.kind == Kind::text) return begins(at, node);
    return at == end_ ? node.ends : node.first != nullptr && node.first[byte(*at)];
  }

  [[nodiscard]] const char* run_end(const Node& node, const char* at) const {
    const auto left = static_cast<std::size_t>(end_ - at);
    const char* const limit = node.most < left ? at + node.most : end_;
    if (node.any) return limit;
    if (node.stop >= 0) {
      const auto* stop = static_cast<const char*>(std::memchr(at, node.stop, static_cast<std::size_t>(limit - at)));
      return stop == nullptr ? limit : stop;
    }
    while (at < limit && node.set[byte(*at)]) {
      ++at;
    }
    return at;
  }

  const char* end_;
  int steps_ = 400;
};

std::optional<DirectPattern> DirectPattern::compile(std::string_view pattern) {
  return Parser(pattern).run();
}

std::string_view DirectPattern::prefix() const {
  return start_->kind == Kind::text ? std::string_view(start_->text, start_->least) : std::string_view();
}

std::optional<bool> DirectPattern::matches(std::string_view message, std::size_t known) const {
  Attempt attempt(message);
  const bool begun = start_->kind == Kind::text && start_->least <= known;
  const bool found =
      begun ? attempt.from(start_->next, message.data() + start_->least) : attempt.from(start_, message.data());
  if (attempt.gave_up()) return std::nullopt;
  return found;
}

}  // namespace countersign::core
