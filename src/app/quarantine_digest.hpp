// Tells the security channel what no rule understood: a sum at most once in digest_every, never a message each. How far
// it has told is a mark in the store. Called on the store's writer, inside a Work.
#pragma once

#include "app/policy.hpp"
#include "app/store.hpp"

namespace countersign::app {

/// A round (app/rounds.hpp).
Result<Timestamp> digest_quarantine(Ledger& ledger, const Policy& policy, Timestamp now);

/// "37 messages no rule understood: 30 from sudo, 5 from sshd, 2 from others"; programs cut to a line.
std::string words_of(const QuarantineSum& sum);

}  // namespace countersign::app
