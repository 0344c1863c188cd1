// What sightings said themselves, as it goes into the database. It comes back with them: store/event_rows.hpp.
#pragma once

#include "core/event.hpp"
#include "store/rows.hpp"

namespace countersign::store {

Result<void> add_account(Connection& connection, Id sighting, const core::Event& account);

}  // namespace countersign::store
