#include "store/account_rows.hpp"

#include <vector>

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

Result<void> keep_accounts(Connection& connection, Id event, const core::Event& said) {
  std::vector<Id> unkept;
  {
    Rows rows(
        connection,
        "SELECT s.id FROM sighting s WHERE s.event = ? AND NOT EXISTS (SELECT 1 FROM account a WHERE a.sighting = "
        "s.id)",
        event);
    while (rows.next())
      unkept.push_back(rows.id(0));
    if (rows.failed()) return rows.failure();
  }
  for (const auto sighting : unkept)
    if (auto added = add_account(connection, sighting, said); !added) return added;
  return {};
}

}  // namespace countersign::store
