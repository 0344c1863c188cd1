// Verdicts that somebody has to sign off become findings; one that is mended says so in its finding and stays open.
// Called on the store's writer, inside a Work.
#pragma once

#include "app/policy.hpp"
#include "app/store.hpp"
#include "core/reconcile/verdict.hpp"

namespace countersign::app {

/// Raises or amends the finding about the login, whose verdict and reasons are the new ones; sets login.finding where
/// it is raised. Where the finding is settled and the judgement disputes something else now, another one is raised that
/// names it; the same again is not. It is of the verdict's kind, or `accounts_differ` where the verdict accuses nobody.
/// The first few of a kind in an hour come one by one; what follows joins one that grows: of a provider that speaks for
/// nobody any more, of a person, and past a bound of the host. Logins that a log tells of under one name which nobody
/// declared are one finding from the first on.
Result<void> dispute(Ledger& ledger, const Policy& policy, StoredEvent& login, const core::Evidence& evidence,
                     const core::Judgement& judgement, Timestamp now);

}  // namespace countersign::app
