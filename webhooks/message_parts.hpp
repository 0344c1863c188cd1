// What one message of a queue carries (SNS, Pub/Sub): objects, and lines of text, each a record of its own. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "app/decoder.hpp"
#include "base/time.hpp"
#include "core/record.hpp"
#include "webhooks/json_parts.hpp"

namespace countersign::webhooks {

struct QueueMessage {
  std::string id;  // empty: it has none
  std::optional<Timestamp> published;
};

/// Reads an object, or a line; false with `why` where it is unreadable.
using ReadMessagePart = std::function<bool(std::string_view part, core::Record& record, std::string& why)>;

/// A record that has no id of its own gets the message's: one alone as it is, of several each with its place. Past a
/// delivery's bound the rest is unreadable, as the message would only come again. How many parts there were.
std::size_t read_message_parts(const PaddedText& text, const QueueMessage& message, const ReadMessagePart& read,
                               app::Decoded& decoded);

}  // namespace countersign::webhooks
