#include "webhooks/papertrail.hpp"

#include <fmt/format.h>

#include "base/encoding.hpp"
#include "webhooks/json_values.hpp"
#include "webhooks/record_fields.hpp"

namespace countersign::webhooks {
namespace {

/// One of events[]. Ids are 64-bit integers, kept as their digits; `hostname` is the sender's own, `source_name` may be
/// renamed in Papertrail.
simdjson::error_code read_event(simdjson::ondemand::object object, core::Record& record, std::string& why) {
  bool has_message = false;
  std::string source_name;
  std::string text;
  for (auto field : object) {
    std::string_view key;
    if (const auto error = field.unescaped_key().get(key)) return error;
    simdjson::ondemand::value value;
    if (const auto error = field.value().get(value)) return error;
    std::string* target = nullptr;
    if (key == "message") {
      simdjson::ondemand::json_type type{};
      if (const auto error = value.type().get(type)) return error;
      if (has_message || type != simdjson::ondemand::json_type::string) continue;
      has_message = true;
      target = &record.message;
    } else if (key == "id") {
      target = &record.provider_id;
    } else if (key == "hostname") {
      target = &record.host;
    } else if (key == "source_name") {
      target = &source_name;
    } else if (key == "program") {
      target = &record.program;
    } else if (key == "received_at" || key == "generated_at") {
      text.clear();
      if (const auto error = text_of(value, text)) return error;
      (key == "received_at" ? record.received_at : record.time) = read_time(text);
    }
    if (target == nullptr) continue;
    target->clear();
    if (const auto error = text_of(value, *target)) return error;
  }
  record.numbered_at = record.received_at;  // searches tell generated_at too, some webhooks don't
  if (record.host.empty()) record.host = std::move(source_name);
  if (!has_message) why = "the event has no message";
  return simdjson::SUCCESS;
}

}  // namespace

Result<app::Decoded> Papertrail::decode(const app::Delivery& delivery) const {
  auto body = inflate_body(delivery.body, delivery.content_encoding, options_.bound);
  if (!body) return std::unexpected(body.error());
  auto payload = form_value(*body, "payload");
  auto text = json_text(*std::move(body));
  if (!trim_json(text.view()).starts_with('{')) {
    if (!payload) return fail(Fault::invalid, "the body is neither payload=JSON, form-encoded, nor a JSON object");
    text = json_text(*std::move(payload));
  }

  const auto content = trim_json(text.view());
  if (!content.starts_with('{')) return fail(Fault::invalid, "the payload is no JSON object");
  app::Decoded decoded;
  bool known = false;
  RawParts members(content);
  while (const auto member = members.next()) {
    for (const auto* limit : {"reached_record_limit", "reached_time_limit"})
      if (member_value(*member, limit) == "true")
        decoded.left_out = fmt::format("a delivery ended at its limit ({}), and more matched", limit);
    if (member_value(*member, "counts")) known = true;
    const auto events = member_value(*member, "events");
    if (!events) continue;
    if (!events->starts_with('[')) return fail(Fault::invalid, "events is no array");
    known = true;
    if (auto done = read_sequence(text, *events, read_event, decoded); !done) return std::unexpected(done.error());
  }
  if (!known) return fail(Fault::invalid, "the payload has neither events nor counts");
  if (decoded.records.empty() && !decoded.unreadable.empty()) {
    return fail(Fault::invalid, "none of the events could be read: {}", decoded.unreadable.front().why);
  }
  return decoded;
}

}  // namespace countersign::webhooks
