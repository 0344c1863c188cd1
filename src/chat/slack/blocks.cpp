#include "chat/slack/blocks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "chat/slack/elements.hpp"
#include "chat/slack/text.hpp"
#include "chat/slack/words.hpp"

namespace countersign::chat::slack {
namespace {

using core::ApprovalState;
using nlohmann::json;

constexpr std::size_t summary_limit = 3000;
constexpr std::size_t list_budget = 2800;  // characters of a burst's list: one section
constexpr std::size_t listed = 20;         // its lines
constexpr std::size_t news_shown = 3;
constexpr std::size_t note_limit = 300;
constexpr std::size_t news_limit = 160;
constexpr std::size_t list_value_limit = 48;

/// Who is behind it, as far as the reader isn't that person.
std::string whose(const app::OwedMessage& message) {
  const auto& approval = message.approval;
  const auto& known = approval.person.empty() ? approval.subject : approval.person;
  if (known == message.notification.to && !known.empty()) return {};
  if (known.empty()) return approval.reason.empty() ? "nobody known" : "";  // the reason says it better
  return name(known);
}

/// Who, where, from where, how, when.
json facts(const app::OwedMessage& message) {
  json out{{"type", "section"}, {"text", mrkdwn(happening(message))}};
  if (message.events.empty()) return out;
  json fields = json::array();
  const auto field = [&fields](const char* label, const std::string& value) {
    if (!value.empty()) fields.push_back(mrkdwn(fmt::format("*{}*\n{}", label, value)));
  };
  const auto& event = message.events.front().event;
  const auto& approval = message.approval;
  const bool burst = is_burst(message);
  field("From", origin(event, !burst));
  field("How", manner(event));
  if (!burst) field("When", when(event.time));
  field("Person", whose(message));
  if (approval.severity != core::Severity::normal)
    field("Severity", approval.severity == core::Severity::critical ? "critical" : "high");
  if (!fields.empty()) out["fields"] = std::move(fields);
  return out;
}

/// A burst's events, a line each, as many as fit; then how many more there are.
json list(const app::OwedMessage& message) {
  std::string text;
  std::size_t lines = 0;
  const auto total = std::max(message.events.size(), message.approval.events.size());
  for (const auto& stored : message.events) {
    const auto& event = stored.event;
    auto line = fmt::format("\xE2\x80\xA2 {} {}", code(event.host, list_value_limit), when(event.time));
    if (event.port) line += fmt::format(", port {}", *event.port);
    if (event.count > 1) line += fmt::format(", {} times", event.count);
    if (stored.state != ApprovalState::pending && message.approval.state == ApprovalState::pending)
      line += " *" + state_word(stored.state) + "*";
    if (lines == listed || length(text) + length(line) > list_budget) break;
    text += text.empty() ? line : "\n" + line;
    ++lines;
  }
  if (lines < total) text += fmt::format("\nand {} more", total - lines);
  return {{"type", "section"}, {"text", mrkdwn(text)}};
}

/// What is new, why the reader sees it, what a second witness said.
json notes(const app::OwedMessage& message) {
  json elements = json::array();
  std::vector<std::string> news;
  for (const auto& stored : message.events)
    if (!stored.news.empty() && std::find(news.begin(), news.end(), stored.news) == news.end())
      news.push_back(stored.news);
  for (std::size_t i = 0; i < std::min(news.size(), news_shown); ++i)
    elements.push_back(plain_text("New: " + news[i], news_limit));
  const auto& approval = message.approval;
  if (const auto said = silence(message); !said.empty()) elements.push_back(mrkdwn(said));
  if (!approval.reason.empty()) {
    const bool covered = approval.state == ApprovalState::expected;
    elements.push_back(plain_text((covered ? "Covered by: " : "Why: ") + approval.reason, note_limit));
  }
  if (const auto said = taken(message); !said.empty()) elements.push_back(mrkdwn(said));
  if (approval.needs_reason && approval.state == ApprovalState::pending)
    elements.push_back(plain_text("An approval needs a reason.", note_limit));
  if (approval.approvers > 1 && approval.state == ApprovalState::pending)
    elements.push_back(plain_text(fmt::format("Needs {} people.", approval.approvers), note_limit));
  const bool confirmed =
      !message.events.empty() && std::all_of(message.events.begin(), message.events.end(),
                                             [](const app::StoredEvent& e) { return e.verdict == "matched"; });
  if (confirmed) elements.push_back(plain_text("Confirmed by the kernel.", note_limit));
  return elements;
}

}  // namespace

std::string summary(const app::OwedMessage& message) {
  std::string out = title(message);
  out += out.ends_with('?') ? " " : ": ";
  out += happening(message);
  if (!message.events.empty())
    if (const auto from = origin(message.events.front().event, false); !from.empty()) out += " from " + from;
  if (message.approval.state != ApprovalState::pending)
    if (const auto said = decisions(message.approval); !said.empty()) out += ". " + said.back();
  return length(out) <= summary_limit ? out : title(message);
}

json buttons(const app::OwedMessage& message) {
  const bool asked = message.notification.to == message.approval.person;
  const bool many = is_burst(message);
  json elements = json::array();
  const char* yes = asked ? (many ? "Yes, all mine" : "Yes, that was me") : (many ? "Approve all" : "Approve");
  const char* no = asked ? (many ? "No, not all mine" : "No, not me") : (many ? "Deny all" : "Deny");
  elements.push_back(button("approve", yes, "primary", message.button));
  elements.push_back(button("deny", no, "danger", message.button));
  if (!message.approval.person.empty())  // else it is at the channel already, and there is nobody to take it from
    elements.push_back(button("wrong_person", "Wrong person", nullptr, message.button));
  if (message.notification.to == core::security_channel)
    elements.push_back(button("take", "Take it", nullptr, message.button));
  return elements;
}

json blocks(const app::OwedMessage& message) {
  json out = json::array();
  out.push_back(header(title(message)));
  out.push_back(facts(message));
  if (is_burst(message)) out.push_back(list(message));
  if (auto noted = notes(message); !noted.empty()) out.push_back(context(std::move(noted)));
  json said = json::array();
  for (const auto& line : decisions(message.approval))
    said.push_back(mrkdwn(line));
  if (!said.empty()) out.push_back(context(std::move(said)));
  if (!message.button.empty() && message.button.size() <= button_value_limit &&
      message.approval.state == ApprovalState::pending)
    out.push_back(actions("decide", buttons(message)));
  return out;
}

}  // namespace countersign::chat::slack
