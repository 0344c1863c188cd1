// One login's verdict, made anew from all there is and written with what follows from it: the audit row, the messages
// that show it, the finding. Called on the store's writer, inside a Work.
#pragma once

#include "app/policy.hpp"
#include "app/store.hpp"

namespace countersign::app {

Result<void> judge_login(Ledger& ledger, const Policy& policy, Id login, Timestamp now);

}  // namespace countersign::app
