#include "app/accounts.hpp"

namespace countersign::app {

core::Testimony account_of(const Sighting& sighting, const core::Event& event) {
  core::Testimony account{sighting.account.value_or(event), sighting.witness, sighting.source, sighting.received_at,
                          sighting.arrival_stamped,         sighting.live};
  account.event.time = sighting.time;
  account.event.host = event.host;
  return account;
}

std::vector<core::Testimony> accounts_of(const StoredEvent& login) {
  std::vector<core::Testimony> accounts;
  accounts.reserve(login.sightings.size());
  for (const auto& sighting : login.sightings)
    accounts.push_back(account_of(sighting, login.event));
  return accounts;
}

}  // namespace countersign::app
