// What sightings said themselves, as it goes into the database. It comes back with them: store/event_rows.hpp.
#pragma once

#include "core/event.hpp"
#include "store/rows.hpp"

namespace countersign::store {

/// Keeps `said` as what every sighting of `event` said that has no account of its own yet: before the event changes.
Result<void> keep_accounts(Connection& connection, Id event, const core::Event& said);

Result<void> add_account(Connection& connection, Id sighting, const core::Event& account);

}  // namespace countersign::store
