#include "store/account_rows.hpp"

namespace countersign::store {

Result<void> add_account(Connection& connection, Id sighting, const core::Event& account) {
  const auto inner_pid = core::field(account, "process.namespace_pid");
  return write(
      connection,
      "INSERT INTO account (sighting, process, pid, namespace_pid, user, address, port, method, key_type, key, "
      "certificate, serial, authority) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      sighting, account.process, account.pid, inner_pid, account.user, account.address, account.port, account.method,
      account.key_type, account.key, account.certificate, account.serial, account.authority);
}

}  // namespace countersign::store
