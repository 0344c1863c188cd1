#include "chat/slack/alarm.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "chat/slack/elements.hpp"

namespace countersign::chat::slack {
namespace {

using app::OpenSession;
using nlohmann::json;

// Of a confirmation dialog (docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object).
constexpr std::size_t title_limit = 100;
constexpr std::size_t question_limit = 300;
constexpr std::size_t answer_limit = 30;

constexpr std::size_t value_shown = 40;
constexpr std::size_t sessions_named = 3;

std::string named(const OpenSession& session) {
  auto text = fmt::format("{} on {}", session.user.empty() ? "somebody" : one_line(session.user, value_shown),
                          one_line(session.host, value_shown));
  if (!session.address.empty()) text += " from " + one_line(session.address, value_shown);
  if (session.port) text += fmt::format(" port {}", *session.port);
  return text + fmt::format(", process {}", session.pid);
}

/// What is about to happen, and to whom.
std::string question(const std::vector<OpenSession>& sessions) {
  if (sessions.size() == 1)
    return fmt::format("The agent ends the session of {}, and all that runs in it.", named(sessions.front()));
  std::string text = fmt::format("The agents end {} sessions and all that runs in them:", sessions.size());
  for (std::size_t i = 0; i < std::min(sessions.size(), sessions_named); ++i)
    text += fmt::format("{} {}", i == 0 ? "" : ";", named(sessions[i]));
  if (sessions.size() > sessions_named) text += fmt::format("; and {} more", sessions.size() - sessions_named);
  return text + ".";
}

}  // namespace

json contain_buttons(const app::OwedMessage& message) {
  const auto& sessions = message.containable.sessions;
  json elements = json::array();
  if (sessions.empty()) return elements;
  auto end = button_saying(
      "contain",
      sessions.size() == 1 ? std::string("End the session") : fmt::format("End these {} sessions", sessions.size()),
      "danger", message.button);
  end["confirm"] = {
      {"title", plain_text(sessions.size() == 1 ? "End this session?" : "End these sessions?", title_limit)},
      {"text", plain_text(question(sessions), question_limit)},
      {"confirm", plain_text("End it now", answer_limit)},
      {"deny", plain_text("Leave it", answer_limit)},
      {"style", "danger"}};
  elements.push_back(std::move(end));
  return elements;
}

std::string contain_note(const app::OwedMessage& message) {
  const auto& found = message.containable;
  if (found.why_not.empty()) return {};
  const bool some = found.asked || !found.sessions.empty();
  return (some ? "Not all of it: " + found.why_not : capital(found.why_not)) + ".";
}

}  // namespace countersign::chat::slack
