// Deletes the buttons of approvals decided long ago, so that they don't grow with every message and page ever shown. A
// click on one is told that the button is not known any more. Called on the store's writer, inside a Work.
#pragma once

#include "app/policy.hpp"
#include "app/store.hpp"

namespace countersign::app {

/// How long after the last word about an approval its buttons still say who decided.
inline constexpr auto buttons_kept = std::chrono::days(90);

/// A round (app/rounds.hpp): a bounded number at a time.
Result<Timestamp> prune_buttons(Ledger& ledger, const Policy& policy, Timestamp now);

}  // namespace countersign::app
