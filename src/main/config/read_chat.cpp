#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "chat/slack/chat.hpp"
#include "main/config/reading.hpp"

namespace countersign::cli {

void check_slack_id(Section& table, std::string_view key, std::string_view id, std::string_view kinds) {
  const auto is_part = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  if (id.empty() || (id.size() > 1 && kinds.contains(id.front()) && std::ranges::all_of(id, is_part))) return;
  table.warn(
      key, fmt::format("'{}' is no Slack id; write the one that begins with {}: Slack shows it in {}", one_line(id, 60),
                       kinds == channel_ids ? "C" : "U",
                       kinds == channel_ids ? "the channel's details" : "the profile's menu, \"Copy member ID\""));
}

namespace {

constexpr Duration shortest_timeout = std::chrono::milliseconds(100);
// An attempt ends within SlackChat::longest, and so within its lease, whatever this is; three calls get their turn:
// open, look, post.
constexpr Duration longest_timeout = chat::SlackChat::longest / 3;
static_assert(longest_timeout == std::chrono::seconds(15));

chat::SlackSettings read_slack(Section& table) {
  chat::SlackSettings slack;
  slack.api_url = table.text("api_url", slack.api_url);
  if (!slack.api_url.ends_with('/')) slack.api_url += '/';
  slack.ca_file = read_ca_file(table);
  slack.timeout = table.duration("timeout", slack.timeout);
  if (slack.timeout < shortest_timeout || slack.timeout > longest_timeout)
    table.problem("timeout", "[slack] timeout must lie between 100ms and 15s");
  slack.bot_token = table.secret("bot_token");
  slack.signing_secret = table.secret("signing_secret");
  slack.app_token = table.secret("app_token");
  slack.security_channel = table.required("security_channel");
  check_slack_id(table, "security_channel", slack.security_channel, channel_ids);
  slack.security_team = table.texts("security_team");
  for (const auto& id : slack.security_team)
    check_slack_id(table, "security_team", id, user_ids);
  if (slack.bot_token.empty() && !table.has("bot_token_file") && !table.has("bot_token_env"))
    table.problem("", "[slack] needs the bot's token; add bot_token_file = \"…\"");
  const bool by_socket = !slack.app_token.empty() || table.has("app_token_file") || table.has("app_token_env");
  if (!by_socket && slack.signing_secret.empty() && !table.has("signing_secret_file") &&
      !table.has("signing_secret_env"))
    table.problem("",
                  "[slack] needs a way for clicks: add signing_secret_file = \"…\" to believe those that come by "
                  "HTTP, or app_token_file = \"…\" for Socket Mode");
  if (slack.security_team.empty())
    table.warn("security_team", "[slack] names no security_team: nobody can answer in the security channel");
  table.finish();
  return slack;
}

}  // namespace

void read_chat(Section& root, Config& config) {
  if (auto slack = root.section("slack")) config.slack = read_slack(*slack);
  config.inbox = !config.slack;
  if (auto inbox = root.section("inbox")) {
    config.inbox = inbox->flag("enabled", true);
    inbox->finish();
  }
  if (!config.inbox && !config.slack)
    root.problem("inbox", "nobody can be asked: there is neither [slack] nor an enabled [inbox]; allow one of them");
}

}  // namespace countersign::cli
