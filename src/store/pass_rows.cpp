#include "store/pass_rows.hpp"

namespace countersign::store {

Result<std::optional<app::Pass>> read_pass(Connection& connection, std::string_view digest) {
  Rows rows(connection, "SELECT kind, person, security, expires FROM pass WHERE digest = ?", Blob{digest});
  std::optional<app::Pass> pass;
  if (rows.next()) pass = {std::string(digest), rows.text(0), rows.text(1), rows.flag(2), rows.time(3)};
  return rows.result(std::move(pass));
}

}  // namespace countersign::store
