#include "chat/slack/content.hpp"

#include <algorithm>

#include "chat/slack/blocks.hpp"
#include "chat/slack/bundle.hpp"

namespace countersign::chat::slack {
namespace {

using nlohmann::json;

bool any_button(const app::OwedMessage& message) {
  return !message.button.empty() || std::ranges::any_of(message.others, any_button);
}

std::string of_approval(const app::OwedMessage& message) {
  if (!message.notification.approval) return "a message of the service itself";
  return "approval " + to_text(message.notification.approval) + " (" +
         std::string(core::to_text(message.approval.state)) + ")";
}

std::string stub(const app::OwedMessage& message, std::string_view link) {
  std::string out = message.notification.purpose == "denial" ? "*Alarm: a login was denied.* " : "";
  out += "A message could not be shown: " + of_approval(message);
  for (const auto& other : message.others)
    out += ", " + of_approval(other);
  if (!message.notification.approval) return out + ". Slack refuses its text: see the inbox or the log.";
  if (!link.empty()) return out + ". Slack refuses its text: <" + std::string(link) + "|see and decide it here>.";
  return out + ". Slack refuses its text: see `countersign approvals show " + to_text(message.notification.approval) +
         "`, or ask the security team.";
}

std::string words(const app::OwedMessage& message) {
  auto out = message.others.empty() ? summary(message) : bundle_summary(message);
  return any_button(message) ? out + " (The buttons can't be shown here: ask the security team.)" : out;
}

}  // namespace

Id mark_of(const app::OwedMessage& message) {
  return message.notification.bundle ? message.notification.bundle : message.notification.id;
}

json content(const app::OwedMessage& message, Form form, std::string_view link) {
  json out{{"metadata",
            {{"event_type", event_type},
             {"event_payload",
              {{"notification", to_text(mark_of(message))}, {"revision", message.notification.revision}}}}}};
  const bool bundle = !message.others.empty();
  switch (form) {
    case Form::blocks:
      out["text"] = bundle ? bundle_summary(message) : summary(message);
      out["blocks"] = bundle ? bundle_blocks(message) : blocks(message);
      break;
    case Form::words:
      out["text"] = words(message);
      break;
    case Form::stub:
      out["text"] = stub(message, link);
      break;
  }
  return out;
}

}  // namespace countersign::chat::slack
