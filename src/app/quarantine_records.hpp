// The facet of the store port about what no rule understood, summed up for a digest. Ledger offers it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"

namespace countersign::app {

struct QuarantineSum {
  std::int64_t messages = 0;
  Id newest;                                                     // `after` where there are none
  std::vector<std::pair<std::string, std::int64_t>> by_program;  // most first, at most ten; "" where none is named
};

class QuarantineLedger {
 public:
  virtual ~QuarantineLedger() = default;
  /// Those newer than `after`.
  virtual Result<QuarantineSum> quarantined_since(Id after) = 0;
};

}  // namespace countersign::app
