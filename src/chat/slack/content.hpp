// What a message says to chat.postMessage and chat.update, in three forms, each for when the one before is refused; and
// the mark it is found again by. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "app/chat.hpp"

namespace countersign::chat::slack {

/// `blocks`: as it should be. `words`: without blocks. `stub`: that there is something, and nothing of what an event or
/// a person wrote, so that no value can keep it back.
enum class Form { blocks, words, stub };

constexpr std::string_view event_type = "countersign_notification";

/// What a message is found again by: those that share it bear the first one's id, whoever of them is left.
Id mark_of(const app::OwedMessage& message);

/// text, metadata and, in that form, blocks. `link` leads to the approval; empty: nowhere.
nlohmann::json content(const app::OwedMessage& message, Form form, std::string_view link);

}  // namespace countersign::chat::slack
