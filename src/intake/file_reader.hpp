// Whole lines of a growing log file, from a position that survives restarts and every form of rotation: renaming (what
// is still written to the old file is read until the new one has something), copying and truncating (the copy is read
// on), several rotations while nobody read, compression of the rotated ones, removal, a symbolic link led elsewhere.
// One thread. A last line without its end is left until it has one, or nothing more can come.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "intake/log_file.hpp"
#include "intake/position.hpp"

namespace countersign::intake {

struct Line {
  std::string text;                     // without its end, LF or CRLF; cut at 64 KiB
  std::uint64_t inode = 0, offset = 0;  // where it begins
  std::size_t left_out = 0;             // bytes that were cut off it
};

struct Lines {
  std::vector<Line> lines;
  Position next;      // to go on from once these are durable
  bool more = false;  // there may be more at once
  std::string lost;   // what may have been lost on the way, in words; empty: nothing
};

class FileReader {
 public:
  FileReader(std::string path, std::optional<Position> from, bool from_start);

  /// The next lines, at most 1,000. Nothing where nothing is new or the file is not there (yet). Fault::unavailable
  /// where it can't be read. Call again with the same position until advance() says they are durable.
  Result<Lines> next();
  void advance(const Position& to) { position_ = to; }

 private:
  Result<void> open_first();
  Result<void> open_standing(Lines& lines);
  Result<bool> open_if_alike(const std::string& path, bool same_inode);
  Result<void> open_anew(const std::string& path);
  /// Its lines, whatever has come; `superseded`: it will get no more. Whether it is done with for another reason.
  Result<bool> read_lines(Lines& lines, bool superseded);
  /// A line of which the first chunk has no end: kept is its beginning, once its end is there.
  Result<void> read_long_line(Lines& lines, std::string_view beginning, bool superseded);
  [[nodiscard]] std::vector<std::string>::const_iterator find_ours(const std::vector<std::string>& rotated) const;
  Result<void> go_to_next_file(Lines& lines);
  [[nodiscard]] std::vector<std::string> newer_files() const;

  const std::string path_;
  std::optional<Position> position_;
  const bool from_start_;
  std::unique_ptr<LogFile> file_;  // where position_ stands
  std::uint64_t searched_ = 0;     // from position_ on: as far as there is no newline
};

}  // namespace countersign::intake
