// A leased notification as the message it shows now, with a button where something under it can still be done.
// Called on the store's writer, inside a Work: the button is good once that is durable.
#pragma once

#include "app/chat.hpp"
#include "app/store.hpp"
#include "base/random.hpp"

namespace countersign::app {

/// Without recipient and same_for, which are the chat's and the policy's to say.
Result<OwedMessage> owed_message(Ledger& ledger, Random& random, const Claim& claim, Timestamp now);

}  // namespace countersign::app
