// Picks the rules whose literal prefix a message begins with, out of all rules of one program: a radix tree whose nodes
// list every rule that a message arriving there may match, in order. Built once, immutable, safe for concurrent access.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace countersign::core {

class Dispatch {
 public:
  /// Rules are added by their index; the lower one is tried first. An empty prefix means any message. A rule may be
  /// added under several.
  void add(std::string_view prefix, std::uint32_t rule);

  /// The rules whose prefix `message` begins with, lowest index first; valid until the next add.
  [[nodiscard]] std::span<const std::uint32_t> candidates(std::string_view message) const;

 private:
  struct Node {
    std::string firsts;  // the first byte of each child's label, in the children's order
    std::vector<std::unique_ptr<Node>> children;
    std::string label;                         // what leads here from the parent
    std::vector<std::uint32_t> rules;          // of this node and all above it
    std::unique_ptr<Node>& child(char first);  // made empty where there is none
    [[nodiscard]] const Node* find(char first) const;
  };
  static void add_below(Node& node, std::uint32_t rule);
  static std::unique_ptr<Node> split(std::unique_ptr<Node> node, std::size_t at);

  Node root_;
  std::array<const Node*, 256> tops_{};  // the root's children, which are many, by their first byte
};

}  // namespace countersign::core
