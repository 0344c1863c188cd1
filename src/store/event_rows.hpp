// Events and sightings as they come back from the database.
#pragma once

#include <vector>

#include "app/rows.hpp"
#include "store/rows.hpp"

/// The columns read_event() reads, of a table called e.
#define COUNTERSIGN_EVENT_COLUMNS                                                                               \
  "e.id, e.time, e.rule, e.action, e.outcome, e.count, e.host, e.process, e.pid, e.user, e.address, e.port, "   \
  "e.method, e.key_type, e.key, e.certificate, e.serial, e.authority, e.verdict, e.news, e.approval, e.state, " \
  "e.independent, e.reasons, e.finding"

namespace countersign::store {

/// The row that `rows` stands on, without the fields of event_field.
app::StoredEvent read_event(const Rows& rows);

/// Reads the fields of event_field into each event.
Result<void> read_more(Connection& connection, std::vector<app::StoredEvent>& events);

/// Reads the sightings of each event, oldest first, with their lines.
Result<void> read_sightings(Connection& connection, std::vector<app::StoredEvent>& events);

/// The first `limit` events under an approval, after that one, in order of arrival.
Result<std::vector<app::StoredEvent>> events_of(Connection& connection, Id approval, std::size_t limit, Id after = {});

}  // namespace countersign::store
