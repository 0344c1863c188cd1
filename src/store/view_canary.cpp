#include "store/canary_rows.hpp"
#include "store/view.hpp"

namespace countersign::store {

Result<std::vector<core::CanaryRun>> SqliteView::canary_runs() {
  return newest_canary_runs(connection_);
}

}  // namespace countersign::store
