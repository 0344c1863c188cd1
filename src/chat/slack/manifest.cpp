#include "chat/slack/manifest.hpp"

#include <algorithm>
#include <set>

namespace countersign::chat::slack {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view command_name = "/countersign";

std::vector<std::string> bot_scopes() {
  std::set<std::string> scopes{"commands"};  // the slash command's own
  for (const auto& method : methods())
    scopes.insert(method.scopes.begin(), method.scopes.end());
  return {scopes.begin(), scopes.end()};
}

}  // namespace

std::span<const Method> methods() {
  // conversations.history and .replies read private channels and direct messages as well, each under its own scope.
  static const std::vector<Method> all{
      {"auth.test", {}},
      {"apps.connections.open", {}},  // by the app-level token, whose own scope is connections:write
      {"chat.postEphemeral", {"chat:write"}},
      {"chat.postMessage", {"chat:write"}},
      {"chat.update", {"chat:write"}},
      {"conversations.history", {"channels:history", "groups:history", "im:history"}},
      {"conversations.open", {"im:write"}},
      {"conversations.replies", {"channels:history", "groups:history", "im:history"}},
      {"users.info", {"users:read"}},
      {"users.lookupByEmail", {"users:read", "users:read.email"}},
      {"views.open", {}},
      {"views.publish", {}},
  };
  return all;
}

std::string lacking_scopes(std::string_view granted) {
  std::set<std::string_view> have;
  while (!granted.empty()) {
    const auto end = std::min(granted.find_first_of(", "), granted.size());
    have.insert(granted.substr(0, end));
    granted.remove_prefix(std::min(granted.size(), end + 1));
  }
  std::string lacking;
  for (const auto& scope : bot_scopes())
    if (!have.contains(scope)) lacking += (lacking.empty() ? "" : ", ") + scope;
  return lacking;
}

ordered_json manifest(const std::string& public_url) {
  const bool socket = public_url.empty();
  ordered_json command{{"command", command_name},
                       {"description", "What waits for a countersignature"},
                       {"usage_hint", "pending | find QUERY | expect | expected | help"},
                       {"should_escape", false}};
  ordered_json events{{"bot_events", {"app_home_opened"}}};
  ordered_json interactivity{{"is_enabled", true}};
  if (!socket) {
    command["url"] = public_url + "/slack/commands";
    events["request_url"] = public_url + "/slack/events";
    interactivity["request_url"] = public_url + "/slack/interactivity";
  }
  return {{"display_information",
           {{"name", "Countersign"}, {"description", "Every privileged login is countersigned by a human"}}},
          {"features",
           {{"app_home",
             {{"home_tab_enabled", true}, {"messages_tab_enabled", true}, {"messages_tab_read_only_enabled", true}}},
            {"bot_user", {{"display_name", "countersign"}, {"always_online", true}}},
            {"slash_commands", ordered_json::array({std::move(command)})}}},
          {"oauth_config", {{"scopes", {{"bot", bot_scopes()}}}}},
          {"settings",
           {{"event_subscriptions", std::move(events)},
            {"interactivity", std::move(interactivity)},
            {"org_deploy_enabled", false},
            {"socket_mode_enabled", socket},
            {"token_rotation_enabled", false}}}};
}

}  // namespace countersign::chat::slack
