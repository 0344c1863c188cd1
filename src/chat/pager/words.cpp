#include "chat/pager/words.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "core/event_words.hpp"

namespace countersign::chat::pager {
namespace {

std::string noun(std::string_view action) {
  if (const auto* known = core::words_of_action(action)) return std::string(known->noun);
  return action.empty() ? "event" : fmt::format("event {}", value(action, 60));
}

std::string_view verb(core::Act act) {
  switch (act) {
    case core::Act::approve:
      return "Approved";
    case core::Act::deny:
      return "Denied";
    case core::Act::wrong_person:
      return "Said to be someone else's";
    case core::Act::revise:
      return "Revised";
  }
  return "";
}

}  // namespace

std::string_view kind_of(const app::Notification& notification) {
  if (notification.purpose == "denial" || notification.purpose == "head") return notification.purpose;
  return notification.purpose.starts_with("outage") ? "outage" : "page";
}

std::string value(std::string_view text, std::size_t limit) {
  auto line = one_line(text, limit);
  for (auto at = line.find("://"); at != std::string::npos; at = line.find("://", at))
    line.replace(at, 3, "[:]//");
  return line;
}

std::string headline(const app::OwedMessage& message) {
  const auto& purpose = message.notification.purpose;
  if (purpose == "outage") return "Messages are not delivered";
  if (purpose == "outage_over") return "Messages are delivered again";
  if (purpose == "head") return "The audit chain's head";
  const auto& events = message.events;
  const auto count = std::max(events.size(), message.approval.events.size());
  const auto what = events.empty() ? "event" : noun(events.front().event.action);
  auto line = fmt::format("{}: {}", purpose == "denial" ? "Denied" : "Undecided",
                          count > 1 ? fmt::format("{} times {}", count, what) : what);
  if (events.empty()) return line;
  const auto& event = events.front().event;
  const auto as = core::field(event, "user.effective.name");
  if (!event.user.empty()) line += (core::is_entry(event) ? " as " : " by ") + value(event.user, 80);
  if (!as.empty()) line += " as " + value(as, 80);
  if (!event.host.empty()) line += " on " + value(event.host, 80);
  if (const auto deed = core::deed_of(event); count == 1 && !deed.empty()) line += ": " + value(deed, 120);
  return line;
}

std::string event_line(const core::Event& event) {
  auto line = to_rfc3339(event.time);
  const auto add = [&line](std::string_view before, std::string_view what) {
    if (!what.empty()) line.append(before).append(value(what, 100));
  };
  add("  ", event.user);
  add(" on ", event.host);
  add(" from ", event.address);
  if (event.port) line += fmt::format(" port {}", *event.port);
  add(", ", event.method);
  add(" ", event.key_type);
  add(" ", event.key);
  add(", certificate ", event.certificate);
  if (event.count > 1) line += fmt::format(", {} times", event.count);
  add(", as ", core::field(event, "user.effective.name"));
  for (const auto& [label, text] : core::particulars_of(event))
    add(fmt::format(", {}: ", label), text);
  if (const auto deed = core::deed_of(event); !deed.empty()) line += ": " + value(deed, 200);
  return line;
}

std::vector<std::string> decision_lines(const core::Approval& approval) {
  std::vector<std::string> lines;
  for (const auto& decision : approval.decisions) {
    lines.push_back(fmt::format("{} by {}, {}", verb(decision.act), value(decision.by, 80), to_rfc3339(decision.at)));
    if (!decision.reason.empty()) lines.back() += ": " + value(decision.reason);
  }
  return lines;
}

}  // namespace countersign::chat::pager
