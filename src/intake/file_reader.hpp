// Whole lines of a growing log file, from a position that survives restarts: rotation by renaming (what is left of the
// old file is read first, also when it happened while nobody read), and truncation (begin again).
// One thread. A last line without its end is left until it has one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace countersign::intake {

/// "INODE:OFFSET" as text.
struct Position {
  std::uint64_t inode = 0, offset = 0;
};
std::string to_text(const Position& position);
std::optional<Position> parse_position(std::string_view text);

struct Line {
  std::string text;  // without its end, LF or CRLF; cut at 64 KiB
  Position at;       // where it begins
};

struct Lines {
  std::vector<Line> lines;
  Position next;      // to go on from once these are durable
  bool more = false;  // there may be more at once
};

class FileReader {
 public:
  FileReader(std::string path, std::optional<Position> from, bool from_start);
  ~FileReader();
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;

  /// The next lines, at most 1,000. Nothing where nothing is new or the file is not there (yet). Fault::unavailable
  /// where it can't be read. Call again with the same position until advance() says they are durable.
  Result<Lines> next();
  void advance(const Position& to) { position_ = to; }

 private:
  bool open_current();
  bool open_left_behind();
  Result<void> follow_rotation(Lines& lines);
  void close();

  const std::string path_;
  std::optional<Position> position_;
  const bool from_start_;
  int descriptor_ = -1;
};

}  // namespace countersign::intake
