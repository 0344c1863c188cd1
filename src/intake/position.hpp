// A place in a log file that survives the file's being renamed, copied, compressed or replaced: by its inode, and by
// the digest of how it begins, which a copy has too. Passive data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "intake/log_file.hpp"

namespace countersign::intake {

struct Position {
  std::uint64_t inode = 0, offset = 0;
  std::uint64_t head_size = 0;  // of the digest: as far as was read, at most 1,024 bytes; 0: by the inode alone
  std::string head;             // its digest, in hex

  bool operator==(const Position&) const = default;
};

/// "INODE:OFFSET" or "INODE:OFFSET:SIZE:DIGEST" as text.
std::string to_text(const Position& position);
std::optional<Position> parse_position(std::string_view text);

/// Whether the file begins as the position's does. True where that has no digest; an error where it can't be read.
Result<bool> begins_alike(LogFile& file, const Position& position);
/// The position with the digest of as much as lies before it.
Result<Position> with_head(LogFile& file, Position position);

}  // namespace countersign::intake
