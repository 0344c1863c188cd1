// A login that nobody was asked about because it was expected, held against what others say of it. Called on the
// store's writer, inside a Work.
#pragma once

#include <string>

#include "app/policy.hpp"
#include "app/store.hpp"
#include "core/reconcile/verdict.hpp"

namespace countersign::app {

/// A sentence for the finding where the login passed without a question as one of the accounts that differ would not
/// have; empty: somebody was asked, or each of them was expected.
Result<std::string> unasked_words(Ledger& ledger, const Policy& policy, const StoredEvent& login,
                                  const core::Evidence& evidence, const core::Judgement& judgement, Timestamp now);

}  // namespace countersign::app
