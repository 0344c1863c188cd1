#include "intake/position.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace countersign::intake {
namespace {

constexpr std::uint64_t longest_head = 1024;
constexpr std::size_t digest_size = 8;

/// Empty where the file is shorter than that.
Result<std::string> digest_of_head(LogFile& file, std::uint64_t size) {
  std::array<char, longest_head> bytes{};
  const std::span<char> head(bytes.data(), std::min(size, longest_head));
  const auto got = file.read(0, head);
  if (!got) return std::unexpected(got.error());
  if (*got < head.size()) return std::string();
  return to_hex(crypto::sha256({head.data(), head.size()}).substr(0, digest_size));
}

}  // namespace

std::string to_text(const Position& position) {
  if (position.head_size == 0) return fmt::format("{}:{}", position.inode, position.offset);
  return fmt::format("{}:{}:{}:{}", position.inode, position.offset, position.head_size, position.head);
}

std::optional<Position> parse_position(std::string_view text) {
  Position position;
  const auto* const end = text.data() + text.size();
  const auto inode = std::from_chars(text.data(), end, position.inode);
  if (inode.ec != std::errc{} || inode.ptr == end || *inode.ptr != ':') return std::nullopt;
  const auto offset = std::from_chars(inode.ptr + 1, end, position.offset);
  if (offset.ec != std::errc{}) return std::nullopt;
  if (offset.ptr == end) return position;
  if (*offset.ptr != ':') return std::nullopt;
  const auto size = std::from_chars(offset.ptr + 1, end, position.head_size);
  if (size.ec != std::errc{} || size.ptr == end || *size.ptr != ':' || position.head_size > longest_head)
    return std::nullopt;
  position.head.assign(size.ptr + 1, end);
  if (position.head.size() != 2 * digest_size) return std::nullopt;
  return position;
}

Result<bool> begins_alike(LogFile& file, const Position& position) {
  if (position.head_size == 0) return true;
  const auto digest = digest_of_head(file, position.head_size);
  if (!digest) return std::unexpected(digest.error());
  return *digest == position.head;
}

Result<Position> with_head(LogFile& file, Position position) {
  const auto size = std::min(position.offset, longest_head);
  if (position.head_size == size) return position;
  auto digest = digest_of_head(file, size);
  if (!digest) return std::unexpected(digest.error());
  if (digest->empty()) return position;  // cut while it was read: found at the next look
  position.head_size = size;
  position.head = *std::move(digest);
  return position;
}

}  // namespace countersign::intake
