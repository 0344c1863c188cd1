#include "app/same_login.hpp"

#include <algorithm>
#include <tuple>

#include "app/accounts.hpp"
#include "core/reconcile/matching.hpp"

namespace countersign::app {
namespace {

using core::Relation;
using core::Testimony;

constexpr Duration most_reach = std::chrono::hours(26);  // a zone taken for another, and a day's change of date

Relation closest(const std::vector<Testimony>& theirs, const Testimony& account, const core::Streams& streams,
                 Duration window) {
  auto best = Relation::none;
  for (const auto& each : theirs)
    best = std::max(best, core::relation(each, account, streams, window));
  return best;
}

/// The kernel saw both, and as two.
bool told_apart(const std::vector<Testimony>& a, const std::vector<Testimony>& b, const core::Streams& streams,
                Duration window) {
  bool compared = false;
  for (const auto& one : a)
    for (const auto& other : b)
      if (core::is_kernel(one) && core::is_kernel(other)) {
        if (core::relation(one, other, streams, window) != Relation::none) return false;
        compared = true;
      }
  return compared;
}

/// How well the account fits; smaller is better.
auto rank(const StoredEvent& stored, const std::vector<Testimony>& theirs, const Testimony& account,
          Relation relation) {
  bool other_process = true, other_ends = true;
  auto apart = Duration::max();
  for (const auto& each : theirs) {
    other_process = other_process && core::same_process(each.event, account.event) != std::optional(true);
    other_ends = other_ends && !core::same_ends(each.event, account.event);
    apart = std::min(apart, std::chrono::abs(each.event.time - account.event.time));
  }
  return std::tuple(relation != Relation::login, other_ends, other_process, apart, stored.id);
}

/// The login that a witness without a port means, or that it told of before: the nearest in time of those that no
/// account of the same source tells of yet.
Result<std::optional<StoredEvent>> alike_login(Ledger& ledger, const Policy& policy, const Testimony& account,
                                               const core::Streams& streams) {
  auto candidates = ledger.portless(account.event, policy.match_window);
  if (!candidates) return std::unexpected(candidates.error());
  std::optional<StoredEvent> best;
  auto nearest = Duration::max();
  for (auto& candidate : *candidates) {
    const auto theirs = accounts_of(candidate);
    if (!std::ranges::all_of(theirs, [&](const Testimony& each) { return each.source != account.source; })) continue;
    for (const auto& each : theirs) {
      const auto apart = std::chrono::abs(each.event.time - account.event.time);
      if (apart >= nearest || !core::alike(each, account, streams, policy.match_window)) continue;
      nearest = apart;
      best = candidate;
    }
  }
  return best;
}

}  // namespace

Duration reach(const core::Streams& streams, Duration window) {
  auto furthest = window;
  for (const auto& stream : streams.all) {
    furthest = std::max(furthest, stream.lag.percentile(100).value_or(window));
    furthest = std::max(furthest, std::chrono::abs(stream.offset.percentile(50).value_or(Duration::zero())));
  }
  return std::min(window + furthest, most_reach);
}

Result<std::optional<SameLogin>> same_login(Ledger& ledger, const Policy& policy, const Testimony& account,
                                            bool agent) {
  core::Streams streams;
  if (agent) {
    auto known = ledger.streams(account.event.host);
    if (!known) return std::unexpected(known.error());
    streams = *std::move(known);
  }
  // A login has the time of its first account; another of its accounts may lie nearer to this one.
  auto candidates = ledger.near(account.event, reach(streams, policy.match_window), agent);
  if (!candidates) return std::unexpected(candidates.error());
  std::optional<SameLogin> best;
  std::optional<decltype(rank(StoredEvent(), {}, account, Relation::none))> best_rank;
  for (auto& candidate : *candidates) {
    const auto theirs = accounts_of(candidate);
    const auto relation = closest(theirs, account, streams, policy.match_window);
    if (relation == Relation::none || told_apart(theirs, {account}, streams, policy.match_window)) continue;
    // Of another user: only where it is the other witness's word on what so far had one kind of witness.
    const bool kernel = core::is_kernel(account);
    const bool one_sided =
        std::ranges::all_of(theirs, [&](const Testimony& a) { return core::is_kernel(a) != kernel; });
    if (relation == Relation::connection && !one_sided) continue;
    const auto ranked = rank(candidate, theirs, account, relation);
    if (best) best->several = true;
    if (best_rank && *best_rank <= ranked) continue;
    best_rank = ranked;
    best = SameLogin{std::move(candidate), best.has_value()};
  }
  if (best) return best;
  auto found = alike_login(ledger, policy, account, streams);
  if (!found) return std::unexpected(found.error());
  if (*found) best = SameLogin{**std::move(found), false};
  return best;
}

Result<Connection> connection_of(Ledger& ledger, const Policy& policy, const StoredEvent& login,
                                 const core::Streams& streams) {
  const auto window = policy.match_window;
  Connection connection;
  connection.accounts = accounts_of(login);
  for (const auto& account : accounts_of(login)) {
    auto found = ledger.near(account.event, reach(streams, window), true);
    if (!found) return std::unexpected(found.error());
    for (auto& other : *found)
      if (other.id != login.id &&
          std::ranges::find(connection.neighbours, other.id, &StoredEvent::id) == connection.neighbours.end())
        connection.neighbours.push_back(std::move(other));
  }
  // Until nothing joins any more, so that it does not matter where one begins.
  std::vector<bool> joined(connection.neighbours.size());
  for (bool more = true; more;) {
    more = false;
    for (std::size_t i = 0; i < connection.neighbours.size(); ++i) {
      if (joined[i]) continue;
      const auto theirs = accounts_of(connection.neighbours[i]);
      const bool related = std::ranges::any_of(theirs, [&](const Testimony& account) {
        return closest(connection.accounts, account, streams, window) != Relation::none;
      });
      if (!related || told_apart(connection.accounts, theirs, streams, window)) continue;
      connection.accounts.insert(connection.accounts.end(), theirs.begin(), theirs.end());
      joined[i] = more = true;
    }
  }
  return connection;
}

}  // namespace countersign::app
