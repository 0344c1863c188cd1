#include "store/audit_rows.hpp"
#include "store/ledger.hpp"

namespace countersign::store {

Result<std::optional<std::string>> SqliteLedger::mark(std::string_view name) {
  return read_mark(connection_, name);
}

Result<void> SqliteLedger::set_mark(std::string_view name, std::string_view value) {
  return write(connection_,
               "INSERT INTO mark (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
               name, value);
}

}  // namespace countersign::store
