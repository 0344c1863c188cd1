// What an interactivity request says: the form's one `payload`, and in it who clicked which button where.
// Names in it are never used, ids only. Pure; safe for concurrent access.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace countersign::chat::slack {

struct Click {
  std::string type;              // "block_actions"; of other types only this and the user are read
  std::string user;              // "U…"
  std::string action, value;     // the first action's; of a menu the value chosen
  std::string block;             // the block it stood in
  std::string channel, message;  // where the button stood
  std::string trigger;           // opens a form, within 3 s
  std::string response_url;      // as Slack says: not to be trusted with a request yet
};

/// The form's `payload`. Fault::invalid where there is none, more than one, or a bad escape.
Result<std::string> payload_of(std::string_view form);

/// Fault::invalid for what is no JSON object, names no user, or is a block_actions without an action.
Result<Click> read_click(std::string_view payload);
Result<Click> click_of(const nlohmann::json& payload);

/// True where `url` may be answered: https on Slack's own hosts (slack.com and below it), or api_url's host under
/// api_url's scheme. Credentials in the URL, other hosts that only look alike, and control characters are refused.
bool answerable(std::string_view url, std::string_view api_url);

}  // namespace countersign::chat::slack
