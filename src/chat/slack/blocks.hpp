// An owed message as Slack shows it: short and of the same shape every time, within every limit Slack has whatever
// the values are (50 blocks, 3,000 characters a section, 2,000 a field, 150 a header, about 13,200 in all).
// Pure; safe for concurrent access.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "app/chat.hpp"

namespace countersign::chat::slack {

/// What stands before a message's value in the block_id of the menu that decides one event: its options' values are "y"
/// or "n" and the event's place under the button.
inline const std::string one_prefix = "one:";

/// The words of a message, for notifications, screen readers and where blocks can't be shown. At most 3,000 characters.
std::string summary(const app::OwedMessage& message);

/// The buttons the message's reader needs, bearing its value: an actions block's elements.
nlohmann::json buttons(const app::OwedMessage& message);

/// The button of a receipt, by which its reader takes back what was said in their name.
nlohmann::json dispute_buttons(const app::OwedMessage& message);

/// The array of blocks. Buttons only where the message bears a button value of at most 255 characters.
nlohmann::json blocks(const app::OwedMessage& message);

}  // namespace countersign::chat::slack
