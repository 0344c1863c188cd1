// OpenTelemetry's logs in protobuf (opentelemetry-proto collector/logs/v1, logs/v1, common/v1).
#include <fmt/format.h>

#include "base/text.hpp"
#include "webhooks/delivery_bound.hpp"
#include "webhooks/inflate.hpp"
#include "webhooks/json_parts.hpp"
#include "webhooks/otlp_log.hpp"
#include "webhooks/proto_fields.hpp"

namespace countersign::webhooks {
namespace {

/// AnyValue as fields below `name`; at the body's top, a text is the line itself.
void flatten_proto(std::string_view any, const std::string& name, int depth, Attributes& fields) {
  ProtoFields value(any);
  while (const auto field = value.next()) {
    if (field->number == 1 || field->number == 7) {
      const std::string known = name.empty() ? "message" : name;
      if (fields.wants(known)) fields.add(known, clean_utf8(field->bytes));
    } else if (field->number == 3 && !field->has_bytes) {
      fields.add(name, fmt::format("{}", static_cast<std::int64_t>(field->value)));
    } else if (field->number == 6 && depth < kDeepestValue) {
      ProtoFields list(field->bytes);
      while (const auto pair = list.next()) {
        std::string_view key, inner;
        ProtoFields parts(pair->bytes);
        while (const auto part = parts.next())
          (part->number == 1 ? key : inner) = part->bytes;
        if (const auto below = name_below(name, key)) flatten_proto(inner, *below, depth + 1, fields);
      }
    }
  }
}

void flatten_attribute(std::string_view pair, Attributes& fields) {
  std::string_view key, value;
  ProtoFields parts(pair);
  while (const auto part = parts.next())
    (part->number == 1 ? key : value) = part->bytes;
  if (key.empty()) return;
  if (const auto name = name_below("", key)) flatten_proto(value, *name, 0, fields);
}

OtlpLog read_proto(std::string_view bytes) {
  OtlpLog log;
  Attributes attributes;
  ProtoFields fields(bytes);
  while (const auto field = fields.next()) {
    if (field->number == 1) log.time = field->value;
    if (field->number == 11) log.observed = field->value;
    if (field->number == 5) flatten_proto(field->bytes, "", 0, log.fields);
    if (field->number == 6) flatten_attribute(field->bytes, attributes);
  }
  if (fields.broken()) return {};
  log.fields.append(std::move(attributes));
  return log;
}

}  // namespace

Result<app::Decoded> decode_otlp_protobuf(const app::Delivery& delivery, const Options& options) {
  const auto body = inflate_body(delivery.body, delivery.content_encoding, options.bound);
  if (!body) return std::unexpected(body.error());
  app::Decoded decoded;
  DeliveryBound bound(body->size());
  ProtoFields request(*body);
  while (const auto group = request.next()) {
    if (group->number != 1 || !group->has_bytes) continue;
    Attributes resource;
    ProtoFields head(group->bytes);
    while (const auto field = head.next()) {
      if (field->number != 1) continue;
      ProtoFields attributes(field->bytes);
      while (const auto attribute = attributes.next())
        if (attribute->number == 1) flatten_attribute(attribute->bytes, resource);
    }
    resource.keep_short();
    ProtoFields scopes(group->bytes);
    while (const auto scope = scopes.next()) {
      if (scope->number != 2) continue;
      ProtoFields records(scope->bytes);
      while (const auto log = records.next()) {
        if (log->number != 2 || !log->has_bytes) continue;
        if (auto room = bound.check(decoded); !room) return std::unexpected(room.error());
        add_log(options.zone, delivery.arrival, read_proto(log->bytes), resource, log->bytes, decoded);
      }
      if (records.broken()) add_unreadable(decoded, scope->bytes, "the scope's logs break off");
    }
    if (scopes.broken()) add_unreadable(decoded, group->bytes, "the resource's logs break off");
  }
  if (request.broken()) add_unreadable(decoded, *body, "the message breaks off");
  return decoded;
}

}  // namespace countersign::webhooks
