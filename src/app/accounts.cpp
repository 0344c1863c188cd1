#include "app/accounts.hpp"

#include <algorithm>
#include <tuple>

#include "core/reconcile/comparison.hpp"

namespace countersign::app {
namespace {

bool says_the_same(const core::Event& a, const core::Event& b) {
  const auto said = [](const core::Event& event) {
    return std::tie(event.process, event.pid, event.user, event.address, event.port, event.method, event.key_type,
                    event.key, event.certificate, event.serial, event.authority);
  };
  return said(a) == said(b);
}

}  // namespace

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

bool disputes(const StoredEvent& login, const core::Testimony& account) {
  return std::ranges::any_of(accounts_of(login),
                             [&](const core::Testimony& each) { return !core::differences(each, account).empty(); });
}

bool holds_enough(const StoredEvent& login, const core::Testimony& account) {
  constexpr std::size_t most_held = 32, most_alike = 16, most_disputing = 64;
  std::size_t held = 0, alike = 0;
  bool disputes = false, said = false;
  for (const auto& each : accounts_of(login)) {
    const bool agrees = core::differences(each, account).empty();
    disputes |= !agrees;
    if (each.source != account.source) continue;
    ++held;
    said |= agrees;
    if (says_the_same(each.event, account.event)) ++alike;
  }
  return alike >= most_alike || held >= (disputes && !said ? most_disputing : most_held);
}

}  // namespace countersign::app
