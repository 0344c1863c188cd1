// Several owed messages as one, where a crowd waits for the same reader: how many, then each in a few lines with its
// own buttons, or who decided it; receipts each with who decided and its "not me". Within Slack's limits (50 blocks,
// about 13,200 characters in all) for up to `most_together`: where the values are long, details are left out before
// anything else. Pure; safe for concurrent access.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "app/chat.hpp"

namespace countersign::chat::slack {

inline constexpr std::size_t most_together = 10;

/// `message` and its others, in order.
nlohmann::json bundle_blocks(const app::OwedMessage& message);

/// The same in words, a line each; at most 3,000 characters.
std::string bundle_summary(const app::OwedMessage& message);

}  // namespace countersign::chat::slack
