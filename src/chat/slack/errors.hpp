// What Slack's answer means for what we owe: its errors, HTTP statuses and transport failures as few classes.
// Sources: the error lists of each method on docs.slack.dev, and the official SDKs' retry policies. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "app/chat.hpp"
#include "net/client.hpp"

namespace countersign::chat::slack {

struct Refusal {
  app::Undelivered undelivered;
  std::string error;  // Slack's own word; empty for HTTP and transport failures
  bool gone = false;  // the message to edit is there no more, or can't be edited: post anew
  // Somebody answered, and it may be what the message holds that they won't have: another one may get through.
  bool this_one = false;
};

/// The class of one of Slack's error strings. One we don't know is retried slowly and shown.
Refusal refusal(std::string_view error);

/// The reply's object where it says ok, else what to do. `retry_after` of a 429 is bounded to an hour.
std::expected<nlohmann::json, Refusal> read_reply(const net::Response& response);

Refusal refusal(const net::ClientFailure& failure);

/// True where there is no such thread, or the message can't have one: what is said there can be said outside it.
bool no_thread(const Refusal& refusal);

}  // namespace countersign::chat::slack
