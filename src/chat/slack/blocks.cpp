#include "chat/slack/blocks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.hpp"
#include "chat/slack/alarm.hpp"
#include "chat/slack/elements.hpp"
#include "chat/slack/text.hpp"
#include "chat/slack/words.hpp"
#include "core/event_words.hpp"
#include "core/expected.hpp"

namespace countersign::chat::slack {
namespace {

using core::ApprovalState;
using nlohmann::json;

constexpr std::size_t summary_limit = 3000;
constexpr std::size_t list_budget = 2800;  // characters of a burst's list: one section
constexpr std::size_t listed = 20;         // its lines
constexpr std::size_t news_shown = 3;
constexpr std::size_t note_limit = 300;
constexpr std::size_t finding_limit = 700;  // its reason is what it says
constexpr std::size_t news_limit = 160;
constexpr std::size_t list_value_limit = 48;
constexpr std::size_t detail_limit = 1000;
constexpr std::size_t one_by_one_most = 10;  // events in the menu; the next come when these are decided
constexpr std::size_t option_limit = 75;
constexpr std::size_t option_host_limit = 40;

constexpr const char* quarantine_help =
    "Read them: `countersign quarantine list`. Once a rule reads them: `countersign quarantine replay`.";

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
  if (!burst)
    for (const auto& [label, text] : core::particulars_of(event))
      field(label.data(), code(text));
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
    auto line = fmt::format("{}. {} {}", lines + 1, code(event.host, list_value_limit), when(event.time));
    if (event.port) line += fmt::format(", port {}", *event.port);
    if (event.count > 1) line += fmt::format(", {} times", event.count);
    if (const auto as = core::field(event, "user.effective.name"); !as.empty())
      line += ", as " + code(as, list_value_limit);
    if (const auto deed = core::deed_of(event); !deed.empty()) line += ": " + code(deed, list_value_limit);
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
    elements.push_back(plain_text((covered ? "Covered by: " : "Why: ") + approval.reason,
                                  approval.kind == "finding" ? finding_limit : note_limit));
  }
  if (const auto said = taken(message); !said.empty()) elements.push_back(mrkdwn(said));
  if (approval.state == ApprovalState::denied && message.notification.to != core::security_channel)
    elements.push_back(plain_text("The security team is told.", note_limit));
  if (approval.needs_reason && approval.state == ApprovalState::pending)
    elements.push_back(plain_text("An approval needs a reason.", note_limit));
  if (approval.approvers > 1 && approval.state == ApprovalState::pending)
    elements.push_back(plain_text(fmt::format("Needs {} people.", approval.approvers), note_limit));
  if (const auto said = witnessed(message); !said.empty()) elements.push_back(plain_text(said, note_limit));
  return elements;
}

/// Whether "and the same for 8 h" is offered: it would be taken for every event shown.
bool same_again(const app::OwedMessage& message) {
  const auto& purpose = message.notification.purpose;
  if (message.same_for.empty() || message.events.empty() || purpose == "repeat" || purpose == "page") return false;
  return std::ranges::all_of(message.events, [&](const app::StoredEvent& stored) {
    return core::repeatable(message.approval, stored.event) &&
           stored.news.find(core::unknown_key_news) == std::string::npos;
  });
}

/// A menu that decides a burst's events one by one: the first that wait of those listed. Null where there is no burst,
/// or the message's value is too long for it.
json one_by_one(const app::OwedMessage& message) {
  if (!is_burst(message) || message.approval.approvers > 1 || message.approval.needs_reason) return nullptr;
  if (message.button.size() + one_prefix.size() > button_value_limit) return nullptr;
  const bool asked = message.notification.to == message.approval.person;
  json options = json::array();
  const auto& all = message.approval.events;
  for (std::size_t i = 0; i < std::min(message.events.size(), listed); ++i) {
    const auto& stored = message.events[i];
    const auto place = std::ranges::find(all, stored.id, &core::Asked::event) - all.begin();
    if (stored.state != ApprovalState::pending || place == std::ssize(all) || options.size() >= 2 * one_by_one_most)
      continue;
    const auto which = fmt::format("{}, {}", i + 1, one_line(stored.event.host, option_host_limit));
    for (const auto& [word, code] :
         {std::pair(asked ? "Yes: " : "Approve: ", 'y'), std::pair(asked ? "No: " : "Deny: ", 'n')})
      options.push_back(
          {{"text", plain_text(word + which, option_limit)}, {"value", fmt::format("{}{}", code, place)}});
  }
  if (options.empty()) return nullptr;
  return {{"type", "static_select"},
          {"action_id", "one"},
          {"placeholder", plain_text("Decide one by one", option_limit)},
          {"options", std::move(options)}};
}

/// What the service itself says, line by line, each made harmless; `limit` is of all of them.
json plain_lines(std::string_view said, std::size_t limit) {
  std::string text;
  while (true) {
    const auto end = said.find('\n');
    const auto line = plain(said.substr(0, end), limit);
    if (!text.empty() && length(text) + length(line) >= limit) break;
    text += text.empty() ? line : "\n" + line;
    if (end == std::string_view::npos) break;
    said.remove_prefix(end + 1);
  }
  return {{"type", "plain_text"}, {"text", text}, {"emoji", false}};
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
  const bool finding = message.approval.kind == "finding";
  const char* yes = asked     ? (many ? "Yes, all mine" : "Yes, that was me")
                    : finding ? "It's all right"
                              : (many ? "Approve all" : "Approve");
  const char* no = asked     ? (many ? "No, not all mine" : "No, not me")
                   : finding ? "It's an alarm"
                             : (many ? "Deny all" : "Deny");
  elements.push_back(button("approve", yes, "primary", message.button));
  elements.push_back(button("deny", no, "danger", message.button));
  if (!message.approval.person.empty())  // else it is at the channel already, and there is nobody to take it from
    elements.push_back(button("wrong_person", "Wrong person", nullptr, message.button));
  if (same_again(message))
    elements.push_back(button_saying(
        "approve_for", (asked ? "Yes, and the same for " : "Approve, and the same for ") + message.same_for, nullptr,
        message.button));
  if (message.notification.to == core::security_channel)
    elements.push_back(button("take", "Take it", nullptr, message.button));
  return elements;
}

json dispute_buttons(const app::OwedMessage& message) {
  return json::array({button("not_me", "Not me", "danger", message.button)});
}

json blocks(const app::OwedMessage& message) {
  json out = json::array();
  out.push_back(header(title(message)));
  if (!message.approval.id && !message.notification.detail.empty()) {
    out.push_back(section(plain_lines(message.notification.detail, detail_limit)));
    if (message.notification.purpose == "quarantine") out.push_back(context(json::array({mrkdwn(quarantine_help)})));
    return out;
  }
  out.push_back(facts(message));
  if (is_burst(message)) out.push_back(list(message));
  if (auto noted = notes(message); !noted.empty()) out.push_back(context(std::move(noted)));
  json said = json::array();
  for (const auto& line : decisions(message.approval))
    said.push_back(mrkdwn(line));
  if (!said.empty()) out.push_back(context(std::move(said)));
  if (const auto note = contain_note(message); !note.empty())
    out.push_back(context(json::array({plain_text(note, note_limit)})));
  const bool has_value = !message.button.empty() && message.button.size() <= button_value_limit;
  if (has_value && message.notification.purpose == "receipt") {
    out.push_back(actions("dispute", dispute_buttons(message)));
  } else if (auto ends = contain_buttons(message); has_value && !ends.empty()) {
    out.push_back(actions("contain", std::move(ends)));
  } else if (has_value && message.approval.state == ApprovalState::pending) {
    out.push_back(actions("decide", buttons(message)));
    if (auto choice = one_by_one(message); !choice.is_null())
      out.push_back(actions(one_prefix + message.button, json::array({std::move(choice)})));
  }
  return out;
}

}  // namespace countersign::chat::slack
