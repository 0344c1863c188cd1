// The facet of the store port about expected changes made at run time. View reads them, Ledger writes them as well.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "core/expected.hpp"

namespace countersign::app {

/// The most that may be in force at once; more is refused, not forgotten.
inline constexpr std::size_t most_expected = 1000;

class ExpectedRecords {
 public:
  virtual ~ExpectedRecords() = default;
  /// Those whose end lies after `after`, soonest end first: the most_expected that end last, so that all in force are
  /// among them; `ended`: with those ended early, and all of them.
  virtual Result<std::vector<core::ExpectedChange>> expected_changes(Timestamp after, bool ended) = 0;
  virtual Result<std::optional<core::ExpectedChange>> expected_change(Id id) = 0;
};

class ExpectedLedger : public ExpectedRecords {
 public:
  /// With its id.
  virtual Result<void> add(const core::ExpectedChange& change) = 0;
  virtual Result<void> end_expected(Id id, Timestamp at, std::string_view by) = 0;
};

}  // namespace countersign::app
