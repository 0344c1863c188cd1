#include "store/expected_rows.hpp"
#include "store/view.hpp"

namespace countersign::store {

Result<std::vector<core::ExpectedChange>> SqliteView::expected_changes(Timestamp after, bool ended) {
  return read_expected_changes(connection_, after, ended);
}

Result<std::optional<core::ExpectedChange>> SqliteView::expected_change(Id id) {
  return read_expected_change(connection_, id);
}

}  // namespace countersign::store
