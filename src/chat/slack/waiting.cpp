#include "chat/slack/waiting.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "chat/slack/blocks.hpp"
#include "chat/slack/elements.hpp"
#include "chat/slack/json.hpp"
#include "chat/slack/words.hpp"

namespace countersign::chat::slack {
namespace {

using nlohmann::json;

constexpr std::size_t events_kept = 50;
constexpr std::size_t line_limit = 200;
constexpr std::size_t list_budget = 5500;  // characters of each of an answer's two lists, as JSON

/// Who, where, from where, when; and below it why it waits with whom.
std::string line(const app::OwedMessage& message) {
  auto text = happening(message);
  if (!message.events.empty()) {
    const auto& event = message.events.front().event;
    if (const auto from = origin(event, !is_burst(message)); !from.empty()) text += " from " + from;
    text += ", " + when(event.time);
  }
  const auto& approval = message.approval;
  if (message.notification.to == core::security_channel)
    text += approval.person.empty() ? "\nWith the security team" : "\nAsked of " + name(approval.person);
  if (!approval.reason.empty()) text += ": " + code(approval.reason, line_limit);
  if (const auto said = taken(message); !said.empty()) text += "\n" + said;
  return text;
}

/// The list, and how many more wait of `total`. Without buttons it ends where its budget does.
void add_list(json& out, const std::vector<app::OwedMessage>& list, std::int64_t total, const char* prefix,
              bool with_buttons) {
  std::int64_t shown = 0;
  std::size_t written = 0;
  for (const auto& message : list) {
    auto block = section(mrkdwn(line(message)));
    written += length(to_bytes(block));
    if (!with_buttons && written > list_budget) break;
    out.push_back(std::move(block));
    ++shown;
    if (with_buttons && !message.button.empty() && message.button.size() <= button_value_limit)
      out.push_back(actions(fmt::format("{}{}", prefix, shown), buttons(message)));
  }
  if (total > shown)
    out.push_back(context(json::array({plain_text(fmt::format("and {} more", total - shown), line_limit)})));
}

json all_blocks(const Waiting& waiting, bool with_buttons) {
  json out = json::array();
  if (!waiting.known) {
    out.push_back(section(plain_text("You are not among the people this Countersign knows.", line_limit)));
    return out;
  }
  out.push_back(header(waiting.mine.empty() ? "Nothing waits for you" : "Waiting for you"));
  add_list(out, waiting.mine, waiting.total_mine, "mine", with_buttons);
  if (!waiting.security) return out;
  out.push_back(header(waiting.total == 0 ? "Nothing waits for anybody" : "All that waits, oldest first"));
  add_list(out, waiting.all, waiting.total, "all", with_buttons);
  return out;
}

}  // namespace

app::OwedMessage as_message(const app::FullApproval& full, std::string to, std::string button, std::string same_for) {
  app::OwedMessage message;
  message.notification.purpose = "ask";
  message.notification.to = std::move(to);
  message.notification.approval = full.approval.id;
  message.approval = full.approval;
  message.events.assign(full.events.begin(),
                        full.events.begin() + static_cast<std::ptrdiff_t>(std::min(full.events.size(), events_kept)));
  message.button = std::move(button);
  message.same_for = std::move(same_for);
  return message;
}

json home_view(const Waiting& waiting) {
  return {{"type", "home"}, {"blocks", all_blocks(waiting, true)}};
}

json waiting_blocks(const Waiting& waiting) {
  return all_blocks(waiting, false);
}

}  // namespace countersign::chat::slack
