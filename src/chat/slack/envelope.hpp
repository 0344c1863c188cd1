// What comes over Slack's Socket Mode: hello, disconnect, and envelopes that want their id back within 3 s.
// Source: https://docs.slack.dev/apis/events-api/using-socket-mode. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace countersign::chat::slack {

struct Envelope {
  std::string type;    // "hello", "disconnect", "interactive", "events_api", "slash_commands", …
  std::string id;      // envelope_id; empty for hello and disconnect
  std::string reason;  // of a disconnect: "warning", "refresh_requested", "too_many_websockets", "link_disabled"
  bool takes_payload = false;  // its acknowledgement may bear an answer
  nlohmann::json payload;
};

/// Fault::invalid for what is no JSON object, nests too deep or has no type.
Result<Envelope> read_envelope(std::string_view text);

/// {"envelope_id":…}: it was taken; with a `payload` unless that is null.
std::string acknowledgement(std::string_view envelope_id, const nlohmann::json& payload = nullptr);

}  // namespace countersign::chat::slack
