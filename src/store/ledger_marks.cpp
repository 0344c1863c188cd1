#include "store/ledger.hpp"

namespace countersign::store {

Result<std::optional<std::string>> SqliteLedger::mark(std::string_view name) {
  Rows rows(connection_, "SELECT value FROM mark WHERE name = ?", name);
  std::optional<std::string> value;
  if (rows.next()) value = rows.text(0);
  return rows.result(std::move(value));
}

Result<void> SqliteLedger::set_mark(std::string_view name, std::string_view value) {
  return write(connection_,
               "INSERT INTO mark (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
               name, value);
}

}  // namespace countersign::store
