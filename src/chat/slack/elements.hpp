// The block-kit objects our messages, modals and pages are made of. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "chat/slack/text.hpp"

namespace countersign::chat::slack {

/// The longest opaque value a button or a modal of ours bears.
inline constexpr std::size_t button_value_limit = 255;

inline nlohmann::json plain_text(const std::string& text, std::size_t limit) {
  return {{"type", "plain_text"}, {"text", plain(text, limit)}, {"emoji", false}};
}

/// `text` is mrkdwn whose foreign values are safe. verbatim: Slack links no bare URLs, channel names or mentions in it.
inline nlohmann::json mrkdwn(const std::string& text) {
  return {{"type", "mrkdwn"}, {"text", text}, {"verbatim", true}};
}

inline nlohmann::json section(nlohmann::json text) {
  return {{"type", "section"}, {"text", std::move(text)}};
}

inline nlohmann::json context(nlohmann::json elements) {
  return {{"type", "context"}, {"elements", std::move(elements)}};
}

inline nlohmann::json header(const std::string& text) {
  return {{"type", "header"}, {"text", plain_text(text, 150)}};
}

/// `label` is ours. style: "primary", "danger" or null.
inline nlohmann::json button(const char* action, const char* label, const char* style, const std::string& value) {
  nlohmann::json out{{"type", "button"},
                     {"action_id", action},
                     {"text", {{"type", "plain_text"}, {"text", label}, {"emoji", false}}},
                     {"value", value}};
  if (style != nullptr) out["style"] = style;  // null is no style: it is refused
  return out;
}

/// `label` may hold values of ours that vary.
inline nlohmann::json button_saying(const char* action, const std::string& label, const char* style,
                                    const std::string& value) {
  auto out = button(action, "", style, value);
  out["text"] = plain_text(label, 75);
  return out;
}

inline nlohmann::json actions(const std::string& block_id, nlohmann::json elements) {
  return {{"type", "actions"}, {"block_id", block_id}, {"elements", std::move(elements)}};
}

}  // namespace countersign::chat::slack
