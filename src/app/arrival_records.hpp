// The facet of the store port that silence is told by: when each source was last heard, of which hosts, and how often
// it usually speaks. Lives inside the call its Ledger is handed to.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "core/rhythm.hpp"

namespace countersign::app {

struct HeardOf {
  std::string source;
  std::string host;  // empty: of any
  Timestamp first{}, heard{};
  core::Rhythm rhythm;
  Id silence;        // the finding that its silence led to; none: it isn't silent, or nobody was told
  Timestamp said{};  // when that was
};

class ArrivalRecords {
 public:
  /// Hosts are named by whoever writes: past this many in all, or of one source, no new one is kept, so that no sender
  /// fills the table for the others.
  static constexpr std::int64_t most_kept = 10'000, most_of_source = 4'096;

  virtual ~ArrivalRecords() = default;
  virtual Result<std::optional<HeardOf>> heard_of(std::string_view source, std::string_view host) = 0;
  virtual Result<std::vector<HeardOf>> all_heard() = 0;   // by source and host
  virtual Result<void> put(const HeardOf& heard) = 0;     // nothing where it is new and there is no room
  virtual Result<void> forget(const HeardOf& heard) = 0;  // a host that is no more
};

}  // namespace countersign::app
