#include "webhooks/generic_json.hpp"

#include "webhooks/json_values.hpp"
#include "webhooks/okta_challenge.hpp"
#include "webhooks/record_fields.hpp"

namespace countersign::webhooks {

app::Door GenericJson::door(const app::Delivery& head) const {
  return is_okta_challenge(head) ? app::Door::open : app::Decoder::door(head);
}

Result<app::Decoded> GenericJson::decode(const app::Delivery& delivery) const {
  if (is_okta_challenge(delivery)) return answer_okta_challenge(delivery);
  const auto text = json_text(delivery, options_.bound);
  if (!text) return std::unexpected(text.error());
  const ReadObject read = [&](simdjson::ondemand::object object, core::Record& record, std::string& why) {
    return read_record(object, options_.zone, delivery.arrival, record, why);
  };

  app::Decoded decoded;
  const auto done = read_sequence(*text, trim_json(text->view()), read, decoded, Envelopes::opened);
  if (!done) return std::unexpected(done.error());
  if (options_.keep_unreadable) return decoded;
  return unless_all_unreadable(std::move(decoded));
}

}  // namespace countersign::webhooks
