// What an approval owes to people: the messages and timers it is born with and those that follow. Each is written
// in the transaction of what it is about. Called on the store's writer, inside a Work.
#pragma once

#include <string_view>

#include "app/store.hpp"
#include "core/schedule.hpp"

namespace countersign::app {

/// Owes `to` (a person's name or security_channel) a message about the approval. In shadow mode it is recorded as
/// cancelled, so that the page can show what would have been sent.
Result<void> owe(Ledger& ledger, const core::Schedule& schedule, const core::Approval& approval,
                 std::string_view purpose, std::string_view to, Timestamp now);

/// Owes every pager a message about the approval.
Result<void> owe_pagers(Ledger& ledger, const core::Schedule& schedule, const core::Approval& approval,
                        std::string_view purpose, Timestamp now);

/// Sets the timers, each of them a row.
Result<void> set_timers(Ledger& ledger, Id approval, const std::vector<core::Due>& timers);

/// The approval is now the security channel's: nobody is asked but it, and it counts as escalated.
void hand_to_channel(core::Approval& approval, std::string_view reason);

/// An undecided approval that reached the channel by another way than its escalation: repeats follow from now, the
/// page still counts from its creation.
Result<void> reschedule_at_channel(Ledger& ledger, const core::Pace& pace, const core::Approval& approval,
                                   Timestamp now);

}  // namespace countersign::app
