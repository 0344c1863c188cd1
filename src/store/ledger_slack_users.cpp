#include "store/ledger.hpp"

namespace countersign::store {

Result<void> SqliteLedger::keep(const app::SlackUser& user) {
  return write(connection_,
               "INSERT INTO slack_user (id, checked_at, standing) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
               "checked_at = excluded.checked_at, standing = excluded.standing",
               user.id, user.checked_at, user.standing);
}

}  // namespace countersign::store
