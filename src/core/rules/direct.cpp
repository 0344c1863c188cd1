#include "core/rules/direct.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>

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
    result.nodes_.emplace_back();
    made_ = &result;
    result.start_ = build(*tree, 0);
    if (!sound_) return std::nullopt;
    for (auto& node : result.nodes_)
      finish(node);
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

  Index add(const Node& node) {
    if (made_->nodes_.size() >= kMostNodes) {
      sound_ = false;
      return 0;
    }
    made_->nodes_.push_back(node);
    return static_cast<Index>(made_->nodes_.size() - 1);
  }

  Index build(const Tree& tree, Index next) {
    if (!sound_) return 0;
    if (tree.kind == Tree::Kind::set) return build_set(tree, next);
    const auto once = [&](Index after) {
      if (tree.kind == Tree::Kind::sequence) {
        for (auto part = tree.parts.rbegin(); part != tree.parts.rend(); ++part)
          after = build(*part, after);
        return after;
      }
      Index chosen = build(tree.parts.back(), after);
      for (auto part = std::next(tree.parts.rbegin()); part != tree.parts.rend(); ++part) {
        const Index first = build(*part, after);
        chosen = choice(first, chosen);
      }
      return chosen;
    };
    if (tree.least == 0) return tree.most == 0 ? next : choice(once(next), next);
    for (std::uint32_t i = 0; i < tree.least; ++i)
      next = once(next);
    return next;
  }

  Index choice(Index first, Index second) {
    Node node;
    node.kind = Kind::choice;
    node.next = first;
    node.other = second;
    return add(node);
  }

  Index build_set(const Tree& tree, Index next) {
    const auto size = std::ranges::count(tree.set, true);
    if (size == 1 && tree.least == tree.most && tree.most <= 32) {
      if (tree.most == 0) return next;
      const auto c = static_cast<char>(std::ranges::find(tree.set, true) - tree.set.begin());
      std::string text(tree.most, c);
      const Node& after = made_->nodes_[next];
      if (after.kind == Kind::text) {  // one text of two; the other may still be reached from elsewhere
        text += made_->texts_[after.table];
        next = after.next;
      }
      return add_text(std::move(text), next);
    }
    Node node;
    node.kind = Kind::run;
    node.table = static_cast<Index>(made_->sets_.size());
    made_->sets_.push_back(tree.set);
    node.any = size == 256;
    if (size == 255) node.stop = static_cast<std::int16_t>(std::ranges::find(tree.set, false) - tree.set.begin());
    node.least = tree.least;
    node.most = tree.most;
    node.next = next;
    return add(node);
  }

  Index add_text(std::string text, Index next) {
    Node node;
    node.kind = Kind::text;
    node.next = next;
    node.least = static_cast<std::uint32_t>(text.size());
    node.table = static_cast<Index>(made_->texts_.size());
    made_->texts_.push_back(std::move(text));
    return add(node);
  }

  /// In the order of the nodes, so those a node points to are finished already.
  void finish(Node& node) {
    ByteSet first{};
    const auto join = [&](const ByteSet& set) {
      for (std::size_t i = 0; i < set.size(); ++i)
        first[i] = first[i] || set[i];
    };
    const auto& firsts = made_->firsts_;
    if (node.kind == Kind::text) first[byte(made_->texts_[node.table].front())] = true;
    if (node.kind == Kind::choice) {
      join(firsts[node.next]);
      join(firsts[node.other]);
    }
    if (node.kind == Kind::run) {
      const auto& set = made_->sets_[node.table];
      const auto& next = firsts[node.next];
      join(set);
      if (node.least == 0) join(next);
      node.exclusive = true;
      for (std::size_t i = 0; i < set.size(); ++i) {
        if (set[i] && next[i]) node.exclusive = false;
      }
    }
    made_->firsts_.push_back(first);
  }

  std::string_view rest_;
  bool sound_ = true;
  DirectPattern* made_ = nullptr;
};

/// One message against the nodes: depth-first, within a budget. Recursion is at most as deep as the pattern is long.
class DirectPattern::Attempt {
 public:
  Attempt(const DirectPattern& pattern, std::string_view message)
      : pattern_(pattern), end_(message.data() + message.size()) {}

  bool from(Index index, const char* at) {
    while (true) {
      if (--steps_ < 0) return false;
      const Node& node = pattern_.nodes_[index];
      switch (node.kind) {
        case Kind::end:
          return at == end_;
        case Kind::text:
          if (!begins(at, node)) return false;
          at += node.least;
          index = node.next;
          break;
        case Kind::choice:
          if (can_begin(node.next, at) && from(node.next, at)) return true;
          index = node.other;
          break;
        case Kind::run: {
          const char* const last = run_end(node, at);
          const char* const first = at + node.least;
          if (last < first) return false;
          if (node.exclusive || node.next == 0) {
            at = last;
          } else {
            return some_end(node.next, first, last);
          }
          index = node.next;
          break;
        }
      }
    }
  }

  [[nodiscard]] bool gave_up() const { return steps_ < 0; }

 private:
  /// What follows a run, tried at each of its possible ends. The first one first: which one matches is all the same
  /// here, and in log lines a word seldom holds what the next one begins with.
  bool some_end(Index next, const char* first, const char* last) {
    const bool text = pattern_.nodes_[next].kind == Kind::text;
    const int begin = text ? pattern_.texts_[pattern_.nodes_[next].table].front() : 0;
    const char* const until = std::min(last + 1, end_);  // past the last end that has a byte behind it
    for (const char* at = first; at <= last && steps_ >= 0; ++at) {
      if (text) {
        if (at >= until) return false;
        at = static_cast<const char*>(std::memchr(at, begin, static_cast<std::size_t>(until - at)));
        if (at == nullptr) return false;
      }
      if (can_begin(next, at) && from(next, at)) return true;
    }
    return false;
  }

  [[nodiscard]] bool begins(const char* at, const Node& node) const {
    return static_cast<std::size_t>(end_ - at) >= node.least &&
           same_bytes(at, pattern_.texts_[node.table].data(), node.least);
  }

  /// Necessary, not sufficient: spares most attempts that would fail at once.
  [[nodiscard]] bool can_begin(Index index, const char* at) const {
    const Node& node = pattern_.nodes_[index];
    if (node.kind == Kind::text) return begins(at, node);
    return at == end_ || pattern_.firsts_[index][byte(*at)];
  }

  [[nodiscard]] const char* run_end(const Node& node, const char* at) const {
    const auto left = static_cast<std::size_t>(end_ - at);
    const char* const limit = node.most < left ? at + node.most : end_;
    if (node.any) return limit;
    if (node.stop >= 0) {
      const auto* stop = static_cast<const char*>(std::memchr(at, node.stop, static_cast<std::size_t>(limit - at)));
      return stop == nullptr ? limit : stop;
    }
    const auto& set = pattern_.sets_[node.table];
    while (at < limit && set[byte(*at)])
      ++at;
    return at;
  }

  const DirectPattern& pattern_;
  const char* end_;
  int steps_ = 400;
};

std::optional<DirectPattern> DirectPattern::compile(std::string_view pattern) {
  return Parser(pattern).run();
}

std::optional<bool> DirectPattern::matches(std::string_view message, std::size_t known) const {
  Attempt attempt(*this, message);
  const Node& start = nodes_[start_];
  const bool begun = start.kind == Kind::text && start.least <= known;
  const bool found =
      begun ? attempt.from(start.next, message.data() + start.least) : attempt.from(start_, message.data());
  if (attempt.gave_up()) return std::nullopt;
  return found;
}

}  // namespace countersign::core
