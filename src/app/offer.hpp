// Buttons for approvals that are shown elsewhere than in their own messages: a page of what waits.
// Safe for concurrent access; `done` is called once, on a thread of the store.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/store.hpp"
#include "base/random.hpp"

namespace countersign::app {

/// Makes a button for each approval, good for the events it has now, with the rights of `to` (a person's name or
/// security_channel). `done` gets their opaque values in order once they are durable; "" for an approval that owed
/// nobody a message.
void offer(Store& store, Random& random, const std::vector<FullApproval>& approvals, const std::vector<std::string>& to,
           std::move_only_function<void(Result<std::vector<std::string>>)> done);

}  // namespace countersign::app
