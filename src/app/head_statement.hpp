// The audit chain's head as it leaves this machine: one line of JSON a day, owed to each of Schedule::publishers by the
// outbox, so that it is tried until it is out. Called on the store's writer, inside a Work.
#pragma once

#include <string>

#include "app/store.hpp"
#include "core/schedule.hpp"

namespace countersign::app {

struct DayRoot {
  std::string date;  // "2026-11-20", UTC
  std::int64_t count = 0;
  std::string root;  // hex
};

/// {"at","chain","date","entries","head","root","sightings"}: the chain as it stands in the ledger, after the day's
/// row. Owed in shadow mode too: it asks nobody anything.
Result<void> owe_head(Ledger& ledger, const core::Schedule& schedule, const DayRoot& day, Timestamp now);

}  // namespace countersign::app
