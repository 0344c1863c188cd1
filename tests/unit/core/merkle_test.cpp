#include "core/merkle.hpp"

#include <doctest/doctest.h>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace countersign::core {
namespace {

/// RFC 6962, section 2.1, as it stands there.
std::string by_the_book(const std::vector<std::string>& records, std::size_t begin, std::size_t end) {
  if (begin == end) return crypto::sha256("");
  if (end - begin == 1) return crypto::sha256(std::string(1, '\0') + records[begin]);
  std::size_t split = 1;
  while (split * 2 < end - begin)
    split *= 2;
  return crypto::sha256(std::string(1, '\1') + by_the_book(records, begin, begin + split) +
                        by_the_book(records, begin + split, end));
}

TEST_CASE("the root is RFC 6962's for any number of records, also taken up again after each") {
  std::vector<std::string> records;
  MerkleTree tree;
  for (int n = 0; n <= 130; ++n) {
    CAPTURE(n);
    CHECK(tree.count() == n);
    CHECK(tree.root() == by_the_book(records, 0, records.size()));
    auto resumed = MerkleTree::resume(tree.state());
    REQUIRE(resumed);
    CHECK(resumed->root() == tree.root());
    records.push_back("record " + std::to_string(n));
    tree = *std::move(resumed);
    tree.add(records.back());
  }
}

TEST_CASE("known roots of Certificate Transparency's own test vectors") {
  // certificate-transparency-go, merkletree tests: "", 00, 10, 2021, …
  MerkleTree tree;
  CHECK(to_hex(tree.root()) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  tree.add("");
  CHECK(to_hex(tree.root()) == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  tree.add(std::string(1, '\0'));
  CHECK(to_hex(tree.root()) == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
  tree.add("\x10");
  CHECK(to_hex(tree.root()) == "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77");
}

TEST_CASE("what is no state of a tree is refused") {
  for (const auto* const state : {"", "x", "1", "1 ", "-1 ", "2 00", "1 zz", "1 6e34", "3 6e34"})
    CHECK_FALSE(MerkleTree::resume(state));
  CHECK(MerkleTree::resume("0 "));
}

}  // namespace
}  // namespace countersign::core
