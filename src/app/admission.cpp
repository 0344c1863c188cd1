#include "app/admission.hpp"

#include <algorithm>

#include "app/accounts.hpp"
#include "app/origin.hpp"
#include "app/root_session.hpp"
#include "core/login.hpp"

namespace countersign::app {
namespace {

constexpr std::string_view key_name_field = "ssh.key.name";

/// Takes what the event does not say yet from another witness's account of it; whether there was something.
bool fill(core::Event& event, const core::Event& other) {
  bool filled = false;
  const auto take = [&](auto& mine, const auto& theirs) {
    if (mine != std::remove_cvref_t<decltype(mine)>() || theirs == mine) return;
    mine = theirs;
    filled = true;
  };
  take(event.user, other.user);
  take(event.process, other.process);
  take(event.pid, other.pid);
  take(event.method, other.method);
  if (event.key.empty() && !other.key.empty()) {
    take(event.key_type, other.key_type);
    take(event.key, other.key);
  }
  take(event.certificate, other.certificate);
  take(event.serial, other.serial);
  take(event.authority, other.authority);
  return filled;
}

/// What the rule asks about its event; of what a program posted, a login asks.
core::Terms terms_of(const Arrival& arrival) {
  core::Terms terms;
  terms.ask = core::is_ssh_login(arrival.event);
  if (arrival.rule) terms = core::terms_of(*arrival.rule, arrival.event);
  terms.ask = terms.ask && arrival.ask;
  return terms;
}

/// Its key's configured name, as it is called today; what a message claims to be its key's name is not believed.
void name_key(core::Event& event, const core::Directory& directory) {
  std::erase_if(event.more, [](const auto& field) { return field.first == key_name_field; });
  if (auto name = directory.key_name(event.key); !name.empty())
    event.more.emplace_back(key_name_field, std::move(name));
}

}  // namespace

Result<Admission::Admitted> Admission::admit(Arrival arrival) {
  const auto earlier = ledger_.seen(arrival.sighting.source, arrival.sighting.provider_id);
  if (!earlier) return std::unexpected(earlier.error());
  for (const auto& seen : *earlier)
    if (seen.digest == arrival.sighting.digest) return again(seen.event, arrival);

  const bool finding = !earlier->empty();
  if (auto heard = hear(arrival); !heard) return std::unexpected(heard.error());
  const auto has = has_agent(arrival);
  if (!has) return std::unexpected(has.error());
  const bool agent = *has;
  // What somebody else wrote is no second account of a login.
  if (!finding && arrival.mismatch.empty() && core::is_ssh_login(arrival.event)) {
    auto same = same_login(ledger_, policy_, account_of(arrival.sighting, arrival.event), agent);
    if (!same) return std::unexpected(same.error());
    if (*same) {
      const auto id = (*same)->login.id;
      if (auto added = confirm(**std::move(same), std::move(arrival), agent); !added)
        return std::unexpected(added.error());
      return Admitted{id, true};
    }
  }
  const auto id = add_new(std::move(arrival), finding, agent);
  if (!id) return std::unexpected(id.error());
  return Admitted{*id, false};
}

Result<Admission::Admitted> Admission::again(Id event, const Arrival& arrival) {
  const auto late = awaits(event, arrival);
  if (!late) return std::unexpected(late.error());
  if (*late) {
    const auto known = ledger_.login(event);
    if (!known) return std::unexpected(known.error());
    if (auto asked = ask_late(*known, arrival); !asked) return std::unexpected(asked.error());
  }
  return Admitted{event, true};
}

Result<bool> Admission::awaits(Id event, const Arrival& arrival) {
  return arrival.ask ? ledger_.unasked(event) : false;
}

Result<bool> Admission::ask_late(const StoredEvent& known, const Arrival& arrival) {
  const auto terms = terms_of(arrival);
  const bool forged = !arrival.mismatch.empty();
  if (!terms.ask && !forged) {
    if (auto noted = ledger_.need_not_ask(known.id); !noted) return std::unexpected(noted.error());
    return false;
  }
  auto stored = known;
  stored.event = arrival.event;
  // These stand in roots and sealed reports already; what witnesses say of them is with their sightings.
  stored.event.time = known.event.time;
  stored.event.count = known.event.count;
  stored.event.action = known.event.action;
  stored.event.outcome = known.event.outcome;
  stored.event.host = known.event.host;
  name_key(stored.event, policy_.directory);
  const auto asked = forged ? doubt(stored, arrival.mismatch) : ask(stored, terms, false);
  if (!asked) return std::unexpected(asked.error());
  fill(stored.event, known.event);
  if (auto written = ledger_.ask_late(stored); !written) return std::unexpected(written.error());
  return true;
}

Result<bool> Admission::has_agent(const Arrival& arrival) {
  if (arrival.sighting.witness == "kernel") return true;
  if (const auto known = agents_.find(arrival.event.host); known != agents_.end()) return known->second;
  const auto coverage = ledger_.coverage(arrival.event.host, "kernel", now_, now_);
  if (!coverage) return std::unexpected(coverage.error());
  return agents_.emplace(arrival.event.host, coverage->enrolled).first->second;
}

Result<void> Admission::hear(const Arrival& arrival) {
  const auto& [event, source, witness] = std::tie(arrival.event, arrival.sighting.source, arrival.sighting.witness);
  const auto [oldest, first] = heard_.emplace(std::tuple(event.host, source, witness), event.time);
  if (!first && oldest->second <= event.time) return {};
  oldest->second = event.time;
  const auto older = ledger_.heard(event.host, source, witness, event.time, now_);
  if (!older) return std::unexpected(older.error());
  // A log stream is owed from its first line on: what was judged before may be judged otherwise now.
  if (!*older || witness != "log") return {};
  return ledger_.look_again(event.host, event.time, now_ + policy_.grace, now_);
}

Result<void> Admission::reconcile(Id login, const core::Event& event) {
  return ledger_.unsettle({login, event.host, event.time, now_, now_});
}

Result<void> Admission::confirm(SameLogin same, Arrival arrival, bool agent) {
  auto& login = same.login;
  auto late = awaits(login.id, arrival);
  if (!late) return std::unexpected(late.error());
  name_key(arrival.event, policy_.directory);
  const auto account = account_of(arrival.sighting, arrival.event);
  const bool disputed = !agent && (same.several || disputes(login, account));
  if (holds_enough(login, account)) {
    auto counted = ledger_.count(fmt::format("sightings.left_out.{}", arrival.sighting.source), 1, now_);
    if (!counted || !*late) return counted;
  } else {
    arrival.sighting.event = login.id;
    arrival.sighting.account = arrival.event;
    if (auto added = ledger_.add(arrival.sighting); !added) return added;
  }
  if (*late) late = ask_late(login, arrival);
  if (!late) return std::unexpected(late.error());
  if (!*late && fill(login.event, arrival.event))
    if (auto completed = ledger_.complete(login); !completed) return completed;
  if (is_root(arrival.event))
    if (auto noted = ledger_.root_session(login.event.host, arrival.event.time, login.id); !noted) return noted;
  // Another system's word for the kernel can be held against a line without an agent of ours, and so can one claim
  // against another.
  const bool of_kernel = std::ranges::find(login.sightings, "kernel", &Sighting::witness) != login.sightings.end();
  return agent || of_kernel || disputed ? reconcile(login.id, login.event) : Result<void>();
}

Result<Id> Admission::add_new(Arrival arrival, bool finding, bool agent) {
  const auto terms = terms_of(arrival);
  const bool wanted = terms.ask || finding;
  const bool root = begins_root(arrival.event, arrival.rule);
  StoredEvent stored;
  stored.id = ledger_.new_id();
  stored.event = std::move(arrival.event);
  name_key(stored.event, policy_.directory);
  const bool seen_by_kernel =
      arrival.rule ? arrival.rule->witness != core::Witness::none : core::is_ssh_login(stored.event);
  const bool reconciled = agent && seen_by_kernel && core::is_ssh_login(stored.event);
  if (!seen_by_kernel)
    stored.verdict = core::verdict::not_applicable;
  else if (reconciled)
    stored.verdict = core::verdict::waiting;
  if (!arrival.mismatch.empty()) {
    if (auto doubted = doubt(stored, arrival.mismatch); !doubted) return std::unexpected(doubted.error());
  } else if (wanted)
    if (auto asked = ask(stored, terms, finding); !asked) return std::unexpected(asked.error());
  if (auto added = ledger_.add(stored); !added) return std::unexpected(added.error());
  if (!arrival.ask && !stored.approval)
    if (auto left = ledger_.leave_unasked(stored.id); !left) return std::unexpected(left.error());
  arrival.sighting.event = stored.id;
  if (auto added = ledger_.add(arrival.sighting); !added) return std::unexpected(added.error());
  if (root)
    if (auto noted = ledger_.root_session(stored.event.host, stored.event.time, stored.id); !noted)
      return std::unexpected(noted.error());
  if (reconciled)
    if (auto due = reconcile(stored.id, stored.event); !due) return std::unexpected(due.error());
  if (stored.event.action == "connection_out" && arrival.sighting.witness == "kernel")
    if (auto traced = trace_late(ledger_, policy_, stored.event, now_); !traced) return std::unexpected(traced.error());
  return stored.id;
}

}  // namespace countersign::app
