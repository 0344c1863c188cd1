#include "app/decide.hpp"

#include <algorithm>

#include "app/answered.hpp"
#include "app/audit_detail.hpp"
#include "app/expect.hpp"
#include "app/owed.hpp"
#include "crypto/digest.hpp"

namespace countersign::app {
namespace {

constexpr std::size_t most_events = 1000;

/// The events that a word settled, as they were logged.
Result<std::vector<core::Event>> settled_events(Ledger& ledger, Id approval, const core::Outcome& outcome) {
  const auto asked = ledger.asked_events(approval, most_events);
  if (!asked) return std::unexpected(asked.error());
  std::vector<core::Event> events;
  for (const auto& stored : *asked)
    if (std::ranges::find(outcome.settled, stored.id) != outcome.settled.end()) events.push_back(stored.event);
  return events;
}

/// "Yes, and the same for a while": what that makes, kept with the decision; an error where the same can't be told.
Result<void> trust(Ledger& ledger, const Policy& policy, const core::Approval& approval, core::Outcome& outcome) {
  if (outcome.settled_as != core::ApprovalState::approved)
    return fail(Fault::forbidden, "only an approval can speak for the same again");
  const auto events = settled_events(ledger, approval.id, outcome);
  if (!events) return std::unexpected(events.error());
  const auto until = outcome.decision.at + policy.schedule.trust_for;
  auto made = core::trusts(approval, *events, outcome.decision, until, policy.directory);
  if (made.empty() || policy.schedule.trust_for <= Duration::zero())
    return fail(Fault::forbidden,
                "this can only be approved for itself: the same again can't be told, or is asked about every time");
  outcome.decision.trusted_until = until;
  const auto current = ledger.expected_changes(outcome.decision.at, false);
  if (!current) return std::unexpected(current.error());
  if (current->size() + made.size() > most_expected)
    return fail(Fault::conflict, "{} expected changes are in force already: approve it for itself", most_expected);
  for (auto& change : made)
    if (auto kept = keep(ledger, change, outcome.decision.at); !kept) return kept;
  return {};
}

/// A receipt to the person of what others, or another way, decided in their name. One an approval, kept up to date;
/// what changes a decision that stood is told anew.
Result<void> owe_receipt(Ledger& ledger, const core::Schedule& schedule, const core::Approval& approval,
                         const core::Outcome& outcome) {
  const auto& said = outcome.decision;
  const auto& person = approval.subject;
  if (person.empty() || !said.settles) return {};
  const bool own = said.by == person && said.via == schedule.asks_by;
  const bool gave_away = std::ranges::any_of(approval.decisions, [&](const core::Decision& earlier) {
    return earlier.act == core::Act::wrong_person && earlier.by == person;
  });
  if (own || gave_away || (outcome.revises && said.by == person)) return {};
  const auto which = outcome.revises ? "revised " + to_rfc3339(said.at) : "receipt";
  const auto first = ledger.first_time("approval:" + to_text(approval.id), "receipt", which);
  if (!first) return std::unexpected(first.error());
  return *first ? owe(ledger, schedule, approval, "receipt", person, said.at) : Result<void>();
}

/// Writes what came of a word, whole, in the caller's transaction.
Result<void> settle(Ledger& ledger, const Policy& policy, core::Approval approval, const core::Outcome& outcome) {
  const auto& schedule = policy.schedule;
  const auto at = outcome.decision.at;
  if (outcome.rerouted) hand_to_channel(approval, fmt::format("{} says it was not them", outcome.decision.by));
  approval.burst.clear();  // whatever comes now is another message
  if (auto added = ledger.add(approval, outcome, ledger.new_id()); !added) return added;
  if (auto noted = ledger.audit(at, "decision", outcome.decision.by, detail_of(approval, outcome)); !noted)
    return noted;

  const bool over = outcome.state != core::ApprovalState::pending;
  if (over)
    if (auto gone = ledger.cancel_timers(approval.id); !gone) return gone;
  if (auto revised = ledger.revise_messages(approval.id, at, over || outcome.rerouted); !revised) return revised;
  if (auto owed = owe_receipt(ledger, schedule, approval, outcome); !owed) return owed;
  if (outcome.alarm) {
    const auto events = settled_events(ledger, approval.id, outcome);
    if (!events) return std::unexpected(events.error());
    if (auto ended = end_what_covers(ledger, policy.directory, *events, approval.subject, outcome.decision.by, at);
        !ended)
      return ended;
    if (auto owed = owe(ledger, schedule, approval, "denial", core::security_channel, at); !owed) return owed;
    return owe_pagers(ledger, schedule, approval, "denial", at);
  }
  if (outcome.rerouted) {
    if (auto owed = owe(ledger, schedule, approval, "reroute", core::security_channel, at); !owed) return owed;
    return reschedule_at_channel(ledger, schedule.pace(approval.severity), approval, at);
  }
  return {};
}

/// Loads, decides, writes; what came of it is left in `outcome`.
Result<void> speak(Ledger& ledger, const Policy& policy, Id id, const core::Word& word, core::Outcome& outcome) {
  auto approval = ledger.approval(id);
  if (!approval) return std::unexpected(approval.error());
  auto decided = core::decide(*approval, word);
  if (!decided) return std::unexpected(decided.error());
  outcome = *std::move(decided);
  if (word.trust)
    if (auto trusted = trust(ledger, policy, *approval, outcome); !trusted) return trusted;
  return settle(ledger, policy, *std::move(approval), outcome);
}

}  // namespace

void Decide::by_id(Id approval, core::Word word, Done done) {
  word.at = clock_.now();
  auto outcome = std::make_shared<core::Outcome>();
  store_.write([policy = policy_.current(), approval, word = std::move(word),
                outcome](Ledger& ledger) { return speak(ledger, *policy, approval, word, *outcome); },
               answered(outcome, std::move(done)));
}

void Decide::by_button(std::string_view value, core::Word word, Done done) {
  word.at = clock_.now();
  auto outcome = std::make_shared<core::Outcome>();
  store_.write(
      [policy = policy_.current(), digest = crypto::sha256(value), word = std::move(word),
       outcome](Ledger& ledger) mutable -> Result<void> {
        const auto button = ledger.button(digest);
        if (!button) return std::unexpected(button.error());
        if (!*button) return fail(Fault::not_found, "this button is not one of ours");
        word.events = (*button)->events;
        if (word.nth) {
          if (*word.nth >= word.events.size()) return fail(Fault::not_found, "this button is not one of ours");
          word.events = {word.events[*word.nth]};
        }
        word.from_channel = (*button)->to == core::security_channel;
        return speak(ledger, *policy, (*button)->approval, word, *outcome);
      },
      answered(outcome, std::move(done)));
}

}  // namespace countersign::app
