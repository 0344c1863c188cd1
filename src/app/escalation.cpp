#include "app/escalation.hpp"

#include "app/owed.hpp"

namespace countersign::app {
namespace {

constexpr std::size_t at_once = 500;
constexpr auto look_again_after = std::chrono::seconds(1);

Result<void> fire(Ledger& ledger, const core::Schedule& schedule, const Timer& timer, Timestamp now) {
  auto approval = ledger.approval(timer.approval);
  if (!approval && approval.error().fault == Fault::not_found) return {};  // erased meanwhile: nothing is owed
  if (!approval) return std::unexpected(approval.error());
  if (approval->state != core::ApprovalState::pending) return {};
  // Somebody has taken it: they are not spoken to again before their time is over.
  if (timer.due.kind == core::TimerKind::repeat && approval->taken_until && *approval->taken_until > now)
    return set_timers(ledger, approval->id, {{core::TimerKind::repeat, *approval->taken_until}});
  const auto& pace = schedule.pace(approval->severity);
  if (timer.due.kind == core::TimerKind::escalate && !approval->escalated) {
    approval->escalated = true;
    if (auto updated = ledger.update(*approval); !updated) return updated;
  }
  const std::string_view purpose = timer.due.kind == core::TimerKind::escalate ? "escalation"
                                   : timer.due.kind == core::TimerKind::repeat ? "repeat"
                                                                               : "page";
  const bool pages = timer.due.kind == core::TimerKind::page && !schedule.pagers.empty();
  if (auto owed = pages ? owe_pagers(ledger, schedule, *approval, purpose, now)
                        : owe(ledger, schedule, *approval, purpose, core::security_channel, now);
      !owed)
    return owed;
  return set_timers(ledger, approval->id, core::next_timers(pace, timer.due, now));
}

}  // namespace

Escalation::Escalation(Store& store, Scheduler& scheduler, const Clock& clock, const PolicySource& policy)
    : store_(store), scheduler_(scheduler), clock_(clock), policy_(policy), alarm_(scheduler, clock, [this] {
        take();
      }) {}

void Escalation::wake() {
  scheduler_.post([this] { take(); });
}

void Escalation::stop() {
  stopped_ = true;
  alarm_.stop();
}

void Escalation::take() {
  if (stopped_) return;
  if (busy_) {
    again_ = true;
    return;
  }
  busy_ = true;
  struct Seen {
    std::optional<Timestamp> next;
    bool more = false;
  };
  auto seen = std::make_shared<Seen>();
  store_.write(
      [policy = policy_.current(), now = clock_.now(), seen](Ledger& ledger) -> Result<void> {
        auto timers = ledger.take_due_timers(now, at_once);
        if (!timers) return std::unexpected(timers.error());
        for (const auto& timer : *timers)
          if (auto fired = fire(ledger, policy->schedule, timer, now); !fired) return fired;
        seen->more = timers->size() == at_once;
        auto next = ledger.next_timer();
        if (!next) return std::unexpected(next.error());
        seen->next = *next;
        return {};
      },
      [this, seen](Result<void> written) {
        scheduler_.post([this, seen, written = std::move(written)]() mutable {
          taken(std::move(written), seen->next, seen->more);
        });
      });
}

void Escalation::taken(Result<void> written, std::optional<Timestamp> next, bool more) {
  busy_ = false;
  if (stopped_) return;
  if (again_ || more) {
    again_ = false;
    return take();
  }
  if (!written)
    alarm_.set(clock_.now() + look_again_after);  // the store counts and shows its own failures
  else if (next)
    alarm_.set(*next);
}

}  // namespace countersign::app
