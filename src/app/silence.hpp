// Who fell silent: a source, or one host of it, that was always heard sooner (core/rhythm.hpp). What falls silent
// together in one source is one finding, amended as others follow and as they are back; what was said is kept, so a
// restart repeats nothing. look() on the store's writer; reasons() from any thread.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "app/policy.hpp"
#include "app/store.hpp"

namespace countersign::app {

class Silence {
 public:
  /// One look (app/rounds.hpp); gives the time of the next.
  Result<Timestamp> look(Ledger& ledger, const Policy& policy, Timestamp now);

  /// Why the service is degraded, as of the last look: "no log of bastion by papertrail since …".
  [[nodiscard]] std::vector<std::string> reasons() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> reasons_;  // guarded by mutex_
};

}  // namespace countersign::app
