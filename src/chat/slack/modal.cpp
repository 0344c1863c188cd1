#include "chat/slack/modal.hpp"

#include "base/text.hpp"
#include "chat/slack/elements.hpp"
#include "chat/slack/json.hpp"

namespace countersign::chat::slack {
namespace {

using nlohmann::json;

constexpr const char* field = "reason";
constexpr const char* text_input = "text";
constexpr std::size_t notice_limit = 600;
constexpr std::size_t modal_title = 24;
constexpr std::size_t modal_error = 200;

json modal(const char* title) {
  return {{"type", "modal"}, {"title", plain_text(title, modal_title)}, {"close", plain_text("Close", modal_title)}};
}

}  // namespace

json reason_view(std::string_view callback, const std::string& value) {
  const bool decides = callback == approve_with_reason;
  auto view = modal(decides ? "Approve, with reason" : "Add a reason");
  view["callback_id"] = callback;
  view["private_metadata"] = value;
  view["submit"] = plain_text(decides ? "Approve" : "Add", modal_title);
  view["blocks"] =
      json::array({{{"type", "input"},
                    {"block_id", field},
                    {"label", plain_text(decides ? "Why is this all right?" : "What should others know?", 100)},
                    {"element",
                     {{"type", "plain_text_input"},
                      {"action_id", text_input},
                      {"multiline", true},
                      {"max_length", longest_reason}}}}});
  return view;
}

json notice_view(std::string_view text) {
  auto view = modal("Countersign");
  view["blocks"] = json::array({section(plain_text(std::string(text), notice_limit))});
  return view;
}

Result<Submission> read_submission(const json& payload) {
  Submission out;
  out.user = string_at(payload, {"user", "id"});
  if (out.user.empty()) return fail(Fault::invalid, "the submission names no user");
  out.callback = string_at(payload, {"view", "callback_id"});
  out.value = string_at(payload, {"view", "private_metadata"});
  const auto said = clean_utf8(string_at(payload, {"view", "state", "values", field, text_input, "value"}));
  const auto first = said.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return out;
  out.reason = said.substr(first, said.find_last_not_of(" \t\r\n") + 1 - first);
  // Slack holds its own field to max_length; nobody else need be believed. Four bytes a character at most.
  if (out.reason.size() > 4 * longest_reason)
    return fail(Fault::invalid, "the reason is longer than {} characters", longest_reason);
  return out;
}

json refused_below(std::string_view why) {
  return {{"response_action", "errors"}, {"errors", {{field, plain(why, modal_error)}}}};
}

}  // namespace countersign::chat::slack
