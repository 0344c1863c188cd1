// The facets of the store port that canaries are kept by. Lives inside the call its Ledger or View is handed to.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "app/rows.hpp"
#include "base/result.hpp"
#include "core/canary.hpp"

namespace countersign::app {

class CanaryRecords {
 public:
  virtual ~CanaryRecords() = default;
  virtual Result<std::vector<core::CanaryRun>> canary_runs() = 0;  // the newest of each host
};

class CanaryLedger : public CanaryRecords {
 public:
  virtual Result<void> put(const core::CanaryRun& run) = 0;  // new, or as it stands now
  virtual Result<std::vector<core::CanaryRun>> open_canary_runs() = 0;
  /// The login that the run made, with sightings: the oldest recorded since it began, of its host, user and key.
  virtual Result<std::optional<StoredEvent>> canary_login(const core::CanaryRun& run) = 0;
};

}  // namespace countersign::app
