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

/// Whether it differs from another account of the login.
bool disputes(const StoredEvent& login, const core::Testimony& account);

/// Whether the login holds enough of that account's source: 16 that say the very same, or 32 of any kind, or 64 where
/// it disputes another account as none of its source does yet. So what is repeated under ever new ids neither grows
/// without end nor crowds out an account that differs.
bool holds_enough(const StoredEvent& login, const core::Testimony& account);

}  // namespace countersign::app
