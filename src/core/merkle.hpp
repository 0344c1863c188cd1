// The root over a sequence of records that comes piece by piece: the Merkle Tree Hash of RFC 6962, section 2.1, with
// SHA-256. It keeps one hash for each whole subtree, so millions of records take a few hundred bytes, and what was
// hashed so far can be put down and taken up again. Value; pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace countersign::core {

class MerkleTree {
 public:
  void add(std::string_view record);

  /// 32 bytes; of no record, SHA-256 of nothing.
  [[nodiscard]] std::string root() const;
  [[nodiscard]] std::int64_t count() const { return count_; }

  /// "COUNT HEX", at most 64 hashes.
  [[nodiscard]] std::string state() const;
  /// The inverse. Fault::invalid for anything else.
  static Result<MerkleTree> resume(std::string_view state);

 private:
  std::int64_t count_ = 0;
  std::vector<std::string> peaks_;  // of whole subtrees, the largest first: one for each bit of the count
};

}  // namespace countersign::core
