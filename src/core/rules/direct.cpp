#include "core/rules/direct.hpp"

#include <algorithm>
#include <vector>

namespace countersign::core {
namespace {

constexpr std::size_t most_nodes = 2000;

}  // namespace

/// Makes nodes of a tree, back to front: every piece is given what follows.
class DirectPattern::Builder {
 public:
  std::optional<DirectPattern> run(ParsedPattern parsed) {
    DirectPattern result;
    made_ = &result;
    Node last;
    last.ends = true;
    const Node* const end = add(last);
    result.start_ = build(parsed.tree, end);
    marking_ = true;
    result.marked_ = build(parsed.tree, end);
    result.groups_ = parsed.groups;
    result.names_ = std::move(parsed.names);
    made_ = nullptr;
    if (!sound_) return std::nullopt;
    return result;
  }

 private:
  const Node* add(const Node& node) {
    if (made_->nodes_.size() >= most_nodes) {
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

  const Node* build(const PatternTree& tree, const Node* next) {
    if (!sound_) return next;
    if (tree.kind == PatternTree::Kind::set) return build_set(tree, next);
    if (tree.kind == PatternTree::Kind::text) return build_text(tree.text, next);
    const auto unmarked = [&](const Node* after) {
      if (tree.kind == PatternTree::Kind::sequence) {
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

  const Node* build_set(const PatternTree& tree, const Node* next) {
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

  const Node* build_run(const PatternTree& tree, std::size_t size, const Node* next) {
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

  bool sound_ = true;
  bool marking_ = false;
  using Table = std::pair<ByteSet, const bool*>;
  std::vector<Table> tables_;
  DirectPattern* made_ = nullptr;
};

int DirectPattern::group(std::string_view name) const {
  for (const auto& [known, number] : names_)
    if (known == name) return static_cast<int>(number);
  return 0;
}

std::optional<DirectPattern> DirectPattern::compile(std::string_view pattern) {
  auto parsed = parse_pattern(pattern);
  if (!parsed) return std::nullopt;
  return Builder().run(*std::move(parsed));
}

}  // namespace countersign::core
