// A stored login's sightings as the accounts that reconciliation compares. Pure.
#pragma once

#include <vector>

#include "app/rows.hpp"
#include "core/reconcile/testimony.hpp"

namespace countersign::app {

/// What that sighting said of the event; `event` is what it says where the sighting kept no account of its own.
core::Testimony account_of(const Sighting& sighting, const core::Event& event);

/// One of each sighting, oldest first.
std::vector<core::Testimony> accounts_of(const StoredEvent& login);

}  // namespace countersign::app
