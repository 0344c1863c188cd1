#include "webhooks/generic_json.hpp"

#include "base/text.hpp"
#include "webhooks/json_parts.hpp"
#include "webhooks/record_fields.hpp"

namespace countersign::webhooks {
Result<app::Decoded> GenericJson::decode(const app::Delivery& delivery) const {
  auto body = inflate_body(delivery.body, delivery.content_encoding, options_.bound);
  if (!body) return std::unexpected(body.error());
  if (!simdjson::validate_utf8(*body)) body = clean_utf8(*body);
  const PaddedText text(std::move(*body));
  const ReadObject read = [&](simdjson::ondemand::object object, core::Record& record, std::string& why) {
    return read_record(object, options_.zone, delivery.arrival, record, why);
  };

  app::Decoded decoded;
  auto content = text.view();
  if (content.starts_with("\xEF\xBB\xBF")) content.remove_prefix(3);
  content = trim_json(content);
  const auto done = read_sequence(text, content, read, decoded);
  if (!done) return std::unexpected(done.error());
  if (decoded.records.empty() && !decoded.unreadable.empty() && !options_.keep_unreadable) {
    return fail(Fault::invalid, "nothing in the body could be read: {}", decoded.unreadable.front().why);
  }
  return decoded;
}

}  // namespace countersign::webhooks
