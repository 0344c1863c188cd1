// Where a tail gets its messages: a growing file, the systemd journal. One thread.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "core/record.hpp"

namespace countersign::intake {

struct Chunk {
  std::vector<core::Record> records;
  std::string mark;     // to go on from once these are durable; empty: there is no place yet
  bool more = false;    // there may be more at once
  std::size_t cut = 0;  // records that were longer than is taken
  std::string lost;     // what may have been lost on the way, in words; empty: nothing
};

class Feed {
 public:
  virtual ~Feed() = default;
  /// The next messages, at most 1,000; the same again until advance(). Fault::unavailable where they can't be read.
  virtual Result<Chunk> next(Timestamp now) = 0;
  /// The chunk given last is durable.
  virtual void advance() = 0;
};

}  // namespace countersign::intake
