#include "core/merkle.hpp"

#include <bit>
#include <charconv>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace countersign::core {
namespace {

constexpr std::size_t hash_size = 32;

std::string joined(std::string_view left, std::string_view right) {
  return crypto::sha256(std::string(1, '\x01').append(left).append(right));
}

}  // namespace

void MerkleTree::add(std::string_view record) {
  auto hash = crypto::sha256(std::string(1, '\0').append(record));
  for (auto before = count_; (before & 1) != 0; before >>= 1) {
    hash = joined(peaks_.back(), hash);
    peaks_.pop_back();
  }
  peaks_.push_back(std::move(hash));
  ++count_;
}

std::string MerkleTree::root() const {
  if (peaks_.empty()) return crypto::sha256("");
  auto hash = peaks_.back();
  for (auto peak = std::next(peaks_.rbegin()); peak != peaks_.rend(); ++peak)
    hash = joined(*peak, hash);
  return hash;
}

std::string MerkleTree::state() const {
  std::string hashes;
  for (const auto& peak : peaks_)
    hashes += peak;
  return fmt::format("{} {}", count_, to_hex(hashes));
}

Result<MerkleTree> MerkleTree::resume(std::string_view state) {
  MerkleTree tree;
  const auto* const end = state.data() + state.size();
  const auto [blank, error] = std::from_chars(state.data(), end, tree.count_);
  const auto hashes = blank == end ? std::string() : from_hex({blank + 1, end}).value_or("");
  const auto peaks = tree.count_ < 0 ? -1 : std::popcount(static_cast<std::uint64_t>(tree.count_));
  if (error != std::errc{} || peaks < 0 || hashes.size() != static_cast<std::size_t>(peaks) * hash_size)
    return fail(Fault::invalid, "that is no state of a tree of hashes");
  for (std::size_t at = 0; at < hashes.size(); at += hash_size)
    tree.peaks_.push_back(hashes.substr(at, hash_size));
  return tree;
}

}  // namespace countersign::core
