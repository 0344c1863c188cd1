// What a finding is, in words for a message's first line. Pure.
#pragma once

#include <string>

#include "app/chat.hpp"

namespace countersign::chat::slack {

/// "a login that no log tells of"; empty where the message is about no finding of a kind of its own. Ours alone: no
/// foreign value is in it.
std::string finding_kind(const app::OwedMessage& message);

/// "*A login that no log tells of*: `oswaldo` on `bastion`", mrkdwn whose foreign values are safe; `count` of them.
std::string finding_line(const std::string& kind, const app::OwedMessage& message, std::size_t count);

}  // namespace countersign::chat::slack
