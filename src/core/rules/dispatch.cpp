#include "core/rules/dispatch.hpp"

#include <algorithm>
#include <utility>

#include "core/short_text.hpp"

namespace countersign::core {

std::unique_ptr<Dispatch::Node>& Dispatch::Node::child(char first) {
  const auto place = firsts.find(first);
  if (place != std::string::npos) return children[place];
  firsts.push_back(first);
  return children.emplace_back();
}

const Dispatch::Node* Dispatch::Node::find(char first) const {
  for (std::size_t i = 0; i < firsts.size(); ++i)
    if (firsts[i] == first) return children[i].get();
  return nullptr;
}

void Dispatch::add(std::string_view prefix, std::uint32_t rule) {
  Node* node = &root_;
  while (!prefix.empty()) {
    auto& child = node->child(prefix.front());
    if (!child) {
      child = std::make_unique<Node>();
      child->label = prefix;
      child->rules = node->rules;
    }
    const auto common =
        static_cast<std::size_t>(std::ranges::mismatch(child->label, prefix).in1 - child->label.begin());
    if (common < child->label.size()) {
      auto whole = std::exchange(child, nullptr);
      auto parent_rules = node->rules;
      child = split(std::move(whole), common);
      child->rules = std::move(parent_rules);
    }
    node = child.get();
    prefix.remove_prefix(common);
  }
  add_below(*node, rule);
  for (std::size_t i = 0; i < root_.children.size(); ++i)
    tops_[static_cast<unsigned char>(root_.firsts[i])] = root_.children[i].get();
}

std::unique_ptr<Dispatch::Node> Dispatch::split(std::unique_ptr<Node> node, std::size_t at) {
  auto upper = std::make_unique<Node>();
  upper->label = node->label.substr(0, at);
  node->label.erase(0, at);
  auto& slot = upper->child(node->label.front());
  slot = std::move(node);
  return upper;
}

void Dispatch::add_below(Node& node, std::uint32_t rule) {
  if (!std::ranges::binary_search(node.rules, rule))
    node.rules.insert(std::ranges::upper_bound(node.rules, rule), rule);
  for (const auto& child : node.children) {
    add_below(*child, rule);
  }
}

std::span<const std::uint32_t> Dispatch::candidates(std::string_view message) const {
  const Node* node = &root_;
  for (const Node* child = nullptr; !message.empty();) {
    child = node == &root_ ? tops_[static_cast<unsigned char>(message.front())] : node->find(message.front());
    if (child == nullptr) break;
    if (child->label.size() > message.size() || !same_bytes(child->label.data(), message.data(), child->label.size())) {
      break;
    }
    message.remove_prefix(child->label.size());
    node = child;
  }
  return node->rules;
}

}  // namespace countersign::core
