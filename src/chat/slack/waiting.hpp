// What waits, as blocks: for the App Home page and the slash command. Pure; safe for concurrent access.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/chat.hpp"
#include "app/store.hpp"

namespace countersign::chat::slack {

/// The most approvals shown in one list.
inline constexpr std::size_t most_waiting = 20;

struct Waiting {
  std::vector<app::OwedMessage> mine;  // asked of the reader, oldest first, at most most_waiting
  std::vector<app::OwedMessage> all;   // for the security team: whatever waits, oldest first, at most most_waiting
  std::int64_t total_mine = 0;         // how many are asked of the reader in all
  std::int64_t total = 0;              // how many wait in all
  bool known = false;                  // the reader is somebody we know
  bool security = false;
};

/// An approval as a message to `to` with that button's value (empty: none), and what OwedMessage::same_for says.
app::OwedMessage as_message(const app::FullApproval& full, std::string to, std::string button,
                            std::string same_for = {});

/// The view of the reader's App Home, with buttons: at most 100 blocks.
nlohmann::json home_view(const Waiting& waiting);

/// The same as the blocks of an answer only the reader sees, without buttons: at most 50 blocks, and
/// short of what Slack takes in one message (msg_blocks_too_long), however long their texts are.
nlohmann::json waiting_blocks(const Waiting& waiting);

}  // namespace countersign::chat::slack
