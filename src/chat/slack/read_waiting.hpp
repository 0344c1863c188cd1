// Reads what waits for one reader. Called inside a read of the store's.
#pragma once

#include <optional>
#include <vector>

#include "app/store.hpp"

namespace countersign::chat::slack {

struct WaitingRows {
  std::vector<app::FullApproval> mine, all;  // oldest first, at most most_waiting each
  std::int64_t total_mine = 0, total = 0;    // of all that wait, shown or not
};

/// `reader`: nobody we know waits for nothing.
Result<WaitingRows> read_waiting(app::View& view, const std::optional<core::Actor>& reader, Timestamp now);

}  // namespace countersign::chat::slack
