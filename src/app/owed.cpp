#include "app/owed.hpp"

#include "core/pager.hpp"

namespace countersign::app {

Result<void> owe(Ledger& ledger, const core::Schedule& schedule, const core::Approval& approval,
                 std::string_view purpose, std::string_view to, Timestamp now) {
  Notification notification;
  notification.id = ledger.new_id();
  notification.approval = approval.id;
  notification.purpose = purpose;
  notification.to = to;
  notification.due_at = notification.created_at = now;
  if (schedule.shadow) {
    notification.state = NotificationState::cancelled;
    notification.error = "shadow mode: recorded, not sent";
  }
  return ledger.add(notification);
}

Result<void> owe_pagers(Ledger& ledger, const core::Schedule& schedule, const core::Approval& approval,
                        std::string_view purpose, Timestamp now) {
  for (const auto& pager : schedule.pagers)
    if (auto owed = owe(ledger, schedule, approval, purpose, core::pager_target(pager), now); !owed) return owed;
  return {};
}

Result<void> set_timers(Ledger& ledger, Id approval, const std::vector<core::Due>& timers) {
  for (const auto& due : timers)
    if (auto added = ledger.add(Timer{ledger.new_id(), approval, due}); !added) return added;
  return {};
}

void hand_to_channel(core::Approval& approval, std::string_view reason) {
  approval.person.clear();
  approval.addressed_to = core::security_channel;
  approval.escalated = true;
  approval.burst.clear();
  if (!reason.empty()) {
    if (!approval.reason.empty()) approval.reason += "; ";
    approval.reason += reason;
  }
}

Result<void> reschedule_at_channel(Ledger& ledger, const core::Pace& pace, const core::Approval& approval,
                                   Timestamp now) {
  if (auto gone = ledger.cancel_timers(approval.id); !gone) return gone;
  std::vector<core::Due> timers{{core::TimerKind::repeat, now + pace.repeat_every}};
  if (const auto page = approval.created_at + pace.page_after; page > now)
    timers.push_back({core::TimerKind::page, page});
  return set_timers(ledger, approval.id, timers);
}

}  // namespace countersign::app
