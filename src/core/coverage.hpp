// What a witness could see between two times, and what it could not: outside its coverage a missing sighting means
// nothing. Passive data; pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace countersign::core {

/// Where a witness was silent, or lost records. `until` is exclusive; a loss without a silence has the batch's span.
struct Gap {
  Timestamp from{}, until{};
  std::int64_t lost = 0;
  std::string why;  // in words, for the reader: "agent silent", "12 login records lost", "batches 17 to 19 missing"
};

/// One witness class's attention to one host.
struct Coverage {
  bool enrolled = false;      // an agent is configured, or has joined, for this host and class
  Timestamp covered_until{};  // where the newest acknowledged batch ends; later is not known yet
  std::vector<Gap> gaps;      // those that touch the span asked about, oldest first; before the first batch is one
};

}  // namespace countersign::core
