// The Slack app as Slack wants it described, made from one table of what this program calls, hears and offers, so that
// the two can't drift apart. Source: https://docs.slack.dev/reference/app-manifest. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace countersign::chat::slack {

/// A method of the Web API that this program calls, and the bot's scopes it needs.
struct Method {
  std::string_view name;
  std::vector<std::string_view> scopes;
};

std::span<const Method> methods();

/// Of the bot's scopes that these methods and the slash command need, those that are not among the `granted` ones
/// ("chat:write,im:write"): "im:history, users:read"; empty where all are.
std::string lacking_scopes(std::string_view granted);

/// `public_url` ("https://host", no '/' at its end) for HTTP; empty for Socket Mode.
nlohmann::ordered_json manifest(const std::string& public_url);

}  // namespace countersign::chat::slack
