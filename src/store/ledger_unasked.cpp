#include "store/account_rows.hpp"
#include "store/codes.hpp"
#include "store/ledger.hpp"

namespace countersign::store {

Result<void> SqliteLedger::leave_unasked(Id event) {
  return write(connection_, "INSERT INTO unasked (event, asked) VALUES (?, NULL)", event);
}

Result<bool> SqliteLedger::unasked(Id event) {
  Rows rows(connection_, "SELECT 1 FROM unasked WHERE event = ? AND asked IS NULL", event);
  return rows.result(rows.next());
}

Result<void> SqliteLedger::ask_late(const app::StoredEvent& stored) {
  auto before = login(stored.id);
  if (!before) return std::unexpected(before.error());
  if (auto keeping = kept(keep_accounts(connection_, stored.id, before->event)); !keeping) return keeping;
  const auto& event = stored.event;
  if (auto changed =
          kept(write(connection_,
                     "UPDATE event SET rule = ?, process = ?, pid = ?, user = ?, address = ?, port = ?, method = ?, "
                     "key_type = ?, key = ?, certificate = ?, serial = ?, "
                     "authority = ?, login = ?, news = ?, approval = ?, state = ? WHERE id = ?",
                     event.rule, event.process, event.pid, event.user, event.address, event.port, event.method,
                     event.key_type, event.key, event.certificate, event.serial, event.authority,
                     login_key(marks_.login_key, event), stored.news, stored.approval, code(stored.state), stored.id));
      !changed)
    return changed;
  if (auto gone = kept(write(connection_, "DELETE FROM event_field WHERE event = ?", stored.id)); !gone) return gone;
  if (auto added = kept(add_fields(stored)); !added) return added;
  changed_.feed = true;
  return kept(write(connection_, "UPDATE unasked SET asked = ? WHERE event = ?", new_id(), stored.id));
}

Result<void> SqliteLedger::need_not_ask(Id event) {
  return write(connection_, "DELETE FROM unasked WHERE event = ?", event);
}

}  // namespace countersign::store
