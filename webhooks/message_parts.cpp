#include "webhooks/message_parts.hpp"

#include <fmt/format.h>

#include "webhooks/delivery_bound.hpp"
#include "webhooks/json_sequence.hpp"

namespace countersign::webhooks {

std::size_t read_message_parts(const PaddedText& text, const QueueMessage& message, const ReadMessagePart& read,
                               app::Decoded& decoded) {
  DeliveryBound bound(text.view().size());
  JsonSequence parts(text.view(), JsonSequence::Of::lines);
  std::size_t n = 0;
  bool unnamed = false;  // the first has no id of its own
  for (auto part = parts.next(); part; part = parts.next(), ++n) {
    if (auto room = bound.check(decoded); !room) {
      add_unreadable(decoded, *part, room.error().message);
      return n + 1;
    }
    core::Record record;
    std::string why;
    if (!read(*part, record, why)) {
      add_unreadable(decoded, *part, why);
      continue;
    }
    if (n == 0) unnamed = record.provider_id.empty();
    if (record.provider_id.empty() && !message.id.empty()) record.provider_id = fmt::format("{}/{}", message.id, n);
    if (!record.received_at) record.received_at = message.published;
    decoded.records.push_back(std::move(record));
  }
  if (n == 1 && unnamed) decoded.records[0].provider_id = message.id;
  return n;
}

}  // namespace countersign::webhooks
