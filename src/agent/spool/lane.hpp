// A queue of lines on disk, in segment files of a bounded size: appended at one end, read and released at the other.
// What the disk refuses waits in memory, bounded, until it takes it. Lines that had to be dropped leave their number
// and their time behind. Owns the folder; one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/spool/file.hpp"
#include "agent/spool/line.hpp"

namespace countersign::agent {

struct LaneOptions {
  std::size_t segment_bytes = 256 * 1024;
  std::size_t waiting_bytes = 256 * 1024;  // in memory, while the disk refuses
  bool detail = false;                     // how its losses are counted
};

/// Where reading goes on: lines before it are in a batch that is durable itself.
struct Position {
  std::uint64_t segment = 1, offset = 0;
  bool operator==(const Position&) const = default;
};

/// Lines in order and where they end. `more`: another line waits behind them, written at `next_at`.
struct Taken {
  std::vector<Line> lines;
  Position next;
  std::size_t waiting = 0;  // of the lines, those only in memory
  bool more = false;
  Timestamp next_at{};
};

/// What one read may take: at least one line, none written after `until`; places count for nothing.
struct Bounds {
  std::size_t lines = SIZE_MAX, bytes = SIZE_MAX;
  Timestamp until = Timestamp::max();
};

class Lane {
 public:
  /// `from`: what is before it is forgotten. A torn end is cut off, and lines that are rotten become losses when read.
  static Result<Lane> open(std::string folder, Position from, LaneOptions options);

  /// Never fails: what can't be written waits, and is counted as lost where too much waits.
  void append(std::span<const Line> lines);
  /// All on disk, or nothing taken and false: for a source that can give them again.
  bool append_durably(std::span<const Line> lines);
  /// Tries again what waits. True when all is on disk.
  bool flush();
  [[nodiscard]] bool durable() const { return waiting_.empty(); }
  [[nodiscard]] const std::string& trouble() const { return trouble_; }  // what the disk said last; empty: nothing

  /// From the oldest line not released on.
  [[nodiscard]] Taken read(Bounds bounds) const;
  /// What was taken is durable elsewhere. Whole segments before it go.
  void release(const Taken& taken);
  /// The oldest segment's lines become their number. False where there is none to drop but the one being written.
  bool drop_oldest();

  [[nodiscard]] Position place_of_reading() const { return from_; }  // the oldest line not released

  [[nodiscard]] bool empty() const;
  [[nodiscard]] std::size_t bytes() const;  // on disk, released segments not counted
  [[nodiscard]] std::optional<std::string> last_place() const { return last_place_; }
  /// Forgets what follows the newest place, which its source will give again. Before the first append.
  Result<void> cut_to_place();

 private:
  struct Segment {
    std::uint64_t number = 0;
    std::size_t bytes = 0;
    bool dropped = false;
  };

  Lane(std::string folder, Position from, LaneOptions options)
      : folder_(std::move(folder)), from_(from), options_(options) {}
  [[nodiscard]] std::string path_of(std::uint64_t number) const;
  Result<void> recover();
  Result<void> recover_segment(Segment& segment, bool last);
  Result<void> write(std::string_view text);
  Result<void> start_segment();
  void wait(Line line);
  [[nodiscard]] Line read_as(std::string_view text) const;
  bool take_segment(const Segment& segment, Bounds& bounds, Taken& taken) const;

  std::string folder_;
  Position from_;  // of the oldest line not released
  LaneOptions options_;
  std::deque<Segment> segments_;  // oldest first; appended to the last
  std::optional<File> writing_;   // of the last segment
  std::deque<Line> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::string trouble_;
  std::optional<std::string> last_place_;
  std::optional<Position> place_end_;  // where the line with the newest place ends
};

}  // namespace countersign::agent
