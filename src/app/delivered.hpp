// What a delivery's answer means for what is owed: done, again later, or somebody else must hear of it.
// Called on the store's writer, inside a Work.
#pragma once

#include "app/chat.hpp"
#include "app/store.hpp"
#include "core/schedule.hpp"

namespace countersign::app {

/// Writes the answer down. Fault::conflict where the lease has passed to another: then that one's answer counts.
Result<void> record(Ledger& ledger, const core::Schedule& schedule, const Claim& claim,
                    const std::expected<Posted, Undelivered>& answer, Timestamp now);

/// How long to wait after that many failures: 1 s, 2 s, 4 s, … 60 s.
Duration back_off(std::int64_t failures);

}  // namespace countersign::app
