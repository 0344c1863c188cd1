#include "app/origin.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"

namespace countersign::app {
namespace {

constexpr auto longest_session = std::chrono::hours(24);

/// The unix accounts that are theirs on that host.
std::set<std::string> accounts_on(const core::Host& host, const core::Directory& directory, const core::Event& event,
                                  const core::Attribution& attribution) {
  std::set<std::string> users{event.user};
  if (const auto* person = directory.person(attribution.person))
    for (const auto& account : person->accounts)
      if (glob(account.host, host.name)) users.insert(account.user);
  return users;
}

}  // namespace

Result<std::optional<Origin>> origin_of(Ledger& ledger, const core::Directory& directory, const core::Event& event,
                                        const core::Attribution& attribution) {
  const auto* host = event.address.empty() ? nullptr : directory.host(event.address);
  if (!host || host->name == event.host) return std::nullopt;
  Origin origin{host->name, {}, {}};
  for (const auto& user : accounts_on(*host, directory, event, attribution)) {
    const auto session = ledger.session_of(host->name, user, event.time - longest_session, event.time);
    if (!session) return std::unexpected(session.error());
    origin.session = std::max(origin.session, session->value_or(Id{}));
  }
  const auto who = attribution.person.empty() ? one_line(event.user, 120) + " has" : std::string("you have");
  origin.words =
      fmt::format("from {}, where {} {} session", one_line(host->name, 120), who, origin.session ? "a" : "no");
  return origin;
}

}  // namespace countersign::app
