#include "app/decide.hpp"

#include "app/audit_detail.hpp"
#include "app/owed.hpp"
#include "crypto/digest.hpp"

namespace countersign::app {
namespace {

/// Writes what came of a word, whole, in the caller's transaction.
Result<void> settle(Ledger& ledger, const core::Schedule& schedule, core::Approval approval,
                    const core::Outcome& outcome) {
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
  if (outcome.alarm) {
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
Result<void> speak(Ledger& ledger, const core::Schedule& schedule, Id id, const core::Word& word,
                   core::Outcome& outcome) {
  auto approval = ledger.approval(id);
  if (!approval) return std::unexpected(approval.error());
  auto decided = core::decide(*approval, word);
  if (!decided) return std::unexpected(decided.error());
  outcome = *decided;
  return settle(ledger, schedule, *std::move(approval), outcome);
}

/// A work and its answer share the outcome: the work fills it on the writer's thread before `done` is called there.
auto answer(std::shared_ptr<core::Outcome> outcome, Decide::Done done) {
  return [outcome = std::move(outcome), done = std::move(done)](Result<void> written) mutable {
    if (written)
      done(std::move(*outcome));
    else
      done(std::unexpected(written.error()));
  };
}

}  // namespace

void Decide::by_id(Id approval, core::Word word, Done done) {
  word.at = clock_.now();
  auto outcome = std::make_shared<core::Outcome>();
  store_.write([policy = policy_.current(), approval, word = std::move(word),
                outcome](Ledger& ledger) { return speak(ledger, policy->schedule, approval, word, *outcome); },
               answer(outcome, std::move(done)));
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
        word.from_channel = (*button)->to == core::security_channel;
        return speak(ledger, policy->schedule, (*button)->approval, word, *outcome);
      },
      answer(outcome, std::move(done)));
}

}  // namespace countersign::app
