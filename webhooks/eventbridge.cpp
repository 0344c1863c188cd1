// Amazon EventBridge's API destinations: one event a POST, or an input transformer's line or array of events
// (docs.aws.amazon.com/eventbridge, "API destinations"). Within 5 s; 429 and 5xx come again for a day, after
// Retry-After where one is given.
#include "webhooks/aws_event.hpp"
#include "webhooks/json_sequence.hpp"
#include "webhooks/providers.hpp"

namespace countersign::webhooks {
namespace {

class EventBridge final : public app::Decoder {
 public:
  explicit EventBridge(Options options) : options_(std::move(options)) {}

  [[nodiscard]] Result<app::Decoded> decode(const app::Delivery& delivery) const override {
    auto text = json_text(delivery, options_.bound);
    if (!text) return std::unexpected(text.error());
    app::Decoded decoded;
    DeliveryBound bound(text->view().size());
    JsonSequence events(text->view());
    while (const auto event = events.next()) {
      if (auto room = bound.check(decoded); !room) return std::unexpected(room.error());
      core::Record record;
      std::string why;
      if (read_aws_event(*text, *event, options_, delivery.arrival, record, why))
        decoded.records.push_back(std::move(record));
      else
        add_unreadable(decoded, *event, why);
    }
    return unless_all_unreadable(std::move(decoded));
  }

 private:
  Options options_;
};

}  // namespace

Made make_eventbridge(const Options& options) {
  return std::make_unique<EventBridge>(options);
}

}  // namespace countersign::webhooks
