#include "store/account_rows.hpp"
#include "store/codes.hpp"
#include "store/ledger.hpp"

namespace countersign::store {

Result<std::vector<app::Ledger::Seen>> SqliteLedger::seen(std::string_view source, std::string_view provider_id) {
  std::vector<Seen> result;
  Rows rows(connection_, "SELECT event, digest FROM sighting WHERE source = ? AND provider_id = ?", source,
            provider_id);
  while (rows.next())
    result.push_back({rows.id(0), rows.text(1)});
  return rows.result(std::move(result));
}

Result<void> SqliteLedger::add(const app::StoredEvent& stored) {
  const auto& event = stored.event;
  const auto approval = stored.approval ? std::optional(stored.approval) : std::nullopt;
  changed_.feed |= approval.has_value();
  if (auto added = write(
          connection_,
          "INSERT INTO event (id, time, rule, action, outcome, count, host, process, pid, user, address, port, method, "
          "key_type, key, certificate, serial, authority, login, verdict, news, approval, state, reasons) "
          "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
          stored.id, event.time, event.rule, event.action, event.outcome, event.count, event.host, event.process,
          event.pid, event.user, event.address, event.port, event.method, event.key_type, event.key, event.certificate,
          event.serial, event.authority, login_key(marks_.login_key, event), stored.verdict, stored.news, approval,
          code(stored.state), stored.reasons);
      !added)
    return added;
  return kept(add_fields(stored));
}

Result<void> SqliteLedger::add_fields(const app::StoredEvent& stored) {
  for (const auto& [name, value] : stored.event.more)
    if (auto added = write(connection_, "INSERT OR IGNORE INTO event_field (event, name, value) VALUES (?, ?, ?)",
                           stored.id, name, value);
        !added)
      return added;
  return {};
}

Result<void> SqliteLedger::add(const app::Sighting& sighting) {
  const auto id = new_id();
  if (auto added =
          write(connection_,
                "INSERT INTO sighting (event, id, witness, source, provider_id, digest, time, received_at, "
                "arrival_stamped, live) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                sighting.event, id, sighting.witness, sighting.source, sighting.provider_id, Blob{sighting.digest},
                sighting.time, sighting.received_at, sighting.arrival_stamped, sighting.live);
      !added)
    return added;
  if (sighting.account)
    if (auto added = add_account(connection_, id, *sighting.account); !added) return kept(added);
  if (sighting.raw.empty()) return {};
  return kept(write(connection_, "INSERT INTO raw_line (sighting, line) VALUES (?, ?)", id, Blob{sighting.raw}));
}

Result<bool> SqliteLedger::first_time(std::string_view subject, std::string_view kind, std::string_view value) {
  const auto added = run(connection_, "INSERT OR IGNORE INTO first_seen (subject, kind, value) VALUES (?, ?, ?)",
                         subject, kind, value);
  if (!added) return std::unexpected(added.error());
  return *added == 1;
}

}  // namespace countersign::store
