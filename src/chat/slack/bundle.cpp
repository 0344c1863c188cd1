#include "chat/slack/bundle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "chat/slack/blocks.hpp"
#include "chat/slack/elements.hpp"
#include "chat/slack/json.hpp"
#include "chat/slack/text.hpp"
#include "chat/slack/words.hpp"

namespace countersign::chat::slack {
namespace {

using core::ApprovalState;
using nlohmann::json;

constexpr std::size_t blocks_budget = 12'800;  // of JSON, which is how Slack seems to count
constexpr std::size_t words_budget = 2'800;
constexpr std::size_t why_limit = 120;
constexpr std::size_t event_lines = 3;

/// How much is said of each; tried in this order until all fits.
enum class Detail { all, no_list, facts, least };
constexpr std::array details{Detail::all, Detail::no_list, Detail::facts, Detail::least};

std::vector<const app::OwedMessage*> parts_of(const app::OwedMessage& message) {
  std::vector<const app::OwedMessage*> parts{&message};
  for (const auto& other : message.others)
    parts.push_back(&other);
  return parts;
}

bool waits(const app::OwedMessage* part) {
  return part->approval.state == ApprovalState::pending;
}

std::string heading(const std::vector<const app::OwedMessage*>& parts) {
  if (parts.front()->notification.purpose == "receipt") return fmt::format("{} decisions in your name", parts.size());
  const auto waiting = std::ranges::count_if(parts, waits);
  if (waiting == 0) return fmt::format("{} logins and events: all decided", parts.size());
  const bool asked = parts.front()->notification.to != core::security_channel;
  const auto* question = asked ? "were these you?" : "are these all right?";
  return waiting == 1 ? fmt::format("1 of {} waits: {}", parts.size(), question)
                      : fmt::format("{} wait: {}", waiting, question);
}

/// A burst's first events, so that it is seen what its buttons decide.
std::string events_in(const app::OwedMessage& part) {
  std::string out;
  std::size_t lines = 0;
  const auto total = std::max(part.events.size(), part.approval.events.size());
  for (const auto& stored : part.events) {
    if (lines++ == event_lines) break;
    out += "\n\xE2\x80\xA2 " + code(stored.event.host, why_limit / 3) + " " + when(stored.event.time);
    if (stored.event.port) out += fmt::format(", port {}", *stored.event.port);
  }
  if (total > event_lines) out += fmt::format("\nand {} more", total - event_lines);
  return out;
}

/// Who, where, from where, how, when; why it is here; what was decided.
std::string told_of(const app::OwedMessage& part, Detail detail) {
  const auto& approval = part.approval;
  auto text = happening(part);
  if (!part.events.empty()) {
    const auto& event = part.events.front().event;
    if (detail != Detail::least) {
      if (const auto from = origin(event, !is_burst(part)); !from.empty()) text += " from " + from;
      if (const auto how = manner(event); !how.empty() && detail != Detail::facts) text += ", " + how;
    }
    text += ", " + when(event.time);
    if (is_burst(part) && detail == Detail::all) text += events_in(part);
  }
  const auto& known = approval.person.empty() ? approval.subject : approval.person;
  if (detail != Detail::least && !known.empty() && known != part.notification.to) text += "\nPerson: " + name(known);
  if (!waits(&part)) {
    const auto said = decisions(approval);
    return text + "\n" + (said.empty() ? "*" + state_word(approval.state) + "*" : said.back());
  }
  if (detail == Detail::least || detail == Detail::facts) return text;
  if (!approval.reason.empty()) text += "\nWhy: " + code(approval.reason, why_limit);
  for (const auto& said : {silence(part), taken(part)})
    if (!said.empty()) text += "\n" + said;
  return text;
}

json blocks_with(const std::vector<const app::OwedMessage*>& parts, Detail detail) {
  json out = json::array();
  out.push_back(header(heading(parts)));
  std::size_t number = 0;
  for (const auto* part : parts) {
    out.push_back(section(mrkdwn(told_of(*part, detail))));
    ++number;
    if (part->button.empty() || part->button.size() > button_value_limit) continue;
    if (part->notification.purpose == "receipt")
      out.push_back(actions(fmt::format("dispute{}", number), dispute_buttons(*part)));
    else if (waits(part))
      out.push_back(actions(fmt::format("decide{}", number), buttons(*part)));
  }
  return out;
}

}  // namespace

json bundle_blocks(const app::OwedMessage& message) {
  const auto parts = parts_of(message);
  json out;
  for (const auto detail : details) {
    out = blocks_with(parts, detail);
    if (length(to_bytes(out)) <= blocks_budget) break;
  }
  return out;
}

std::string bundle_summary(const app::OwedMessage& message) {
  const auto parts = parts_of(message);
  std::string out = heading(parts);
  for (const auto* part : parts) {
    auto line = "\n\xE2\x80\xA2 " + happening(*part);
    if (!waits(part)) line += ": " + state_word(part->approval.state);
    if (length(out) + length(line) > words_budget) break;
    out += line;
  }
  return out;
}

}  // namespace countersign::chat::slack
