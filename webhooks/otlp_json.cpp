// OpenTelemetry's logs in JSON (opentelemetry.io/docs/specs/otlp, "JSON Protobuf Encoding").
#include "webhooks/json_body.hpp"
#include "webhooks/otlp_log.hpp"

namespace countersign::webhooks {
namespace {

void flatten_json(JsonValues& values, std::string_view any, const std::string& name, int depth, Attributes& fields);

/// [{"key":…,"value":{…}},…]
void flatten_pairs(JsonValues& values, std::string_view list, const std::string& name, int depth, Attributes& fields) {
  if (!list.starts_with('[') || depth >= kDeepestValue) return;
  RawParts pairs(list);
  while (const auto pair = pairs.next()) {
    const auto key = values.text(*pair, "key");
    const auto value = find_member(*pair, "value");
    const auto below = key && value ? name_below(name, *key) : std::nullopt;
    if (below) flatten_json(values, *value, *below, depth + 1, fields);
  }
}

void flatten_json(JsonValues& values, std::string_view any, const std::string& name, int depth, Attributes& fields) {
  if (!any.starts_with('{')) return;
  RawParts members(any);
  while (const auto member = members.next()) {
    if (const auto text = member_value(*member, "stringValue")) {
      const std::string known = name.empty() ? "message" : name;
      auto content = fields.wants(known) ? values.text(*text) : std::nullopt;
      if (content) fields.add(known, *std::move(content));
    } else if (const auto number = member_value(*member, "intValue")) {
      auto digits = fields.wants(name) ? values.text(*number) : std::nullopt;
      if (digits) fields.add(name, *std::move(digits));
    } else if (const auto map = member_value(*member, "kvlistValue")) {
      if (const auto list = find_member(*map, "values")) flatten_pairs(values, *list, name, depth, fields);
    }
  }
}

OtlpLog read_json(JsonValues& values, std::string_view raw) {
  OtlpLog log;
  if (!raw.starts_with('{')) return log;
  if (const auto body = find_member(raw, "body")) flatten_json(values, *body, "", 0, log.fields);
  const auto nanos = [&](std::string_view key) {
    return static_cast<std::uint64_t>(read_number(values.text(raw, key).value_or("")).value_or(0));
  };
  log.time = nanos("timeUnixNano");
  log.observed = nanos("observedTimeUnixNano");
  if (const auto attributes = find_member(raw, "attributes")) flatten_pairs(values, *attributes, "", 0, log.fields);
  return log;
}

Result<void> read_scope(const core::Zone& zone, JsonBody& body, std::string_view scope, const Attributes& resource) {
  const auto logs = find_member(scope, "logRecords");
  if (!logs || !logs->starts_with('[')) {
    if (auto room = body.check_room(); !room) return room;
    // Rightly empty, or, in a body that is broken, another thing that the scopes before it swallowed.
    if (!body.soundness().sound()) add_unreadable(body.decoded, scope, "the scope has no logRecords");
    return {};
  }
  return body.each_entry(*logs, RawParts::Elements::any, [&](JsonBody& of, std::string_view log) {
    add_log(zone, of.delivery.arrival, read_json(of.values, log), resource, log, of.decoded);
  });
}

Result<void> read_resource(const core::Zone& zone, JsonBody& body, std::string_view group) {
  if (auto room = body.check_room(); !room) return room;
  Attributes resource;
  const auto about = find_member(group, "resource");
  if (about && body.soundness().breaks(*about))
    add_unreadable(body.decoded, *about, kBrokenJson);  // its logs are read, of a host unknown
  else if (const auto attributes = about ? find_member(*about, "attributes") : std::nullopt)
    flatten_pairs(body.values, *attributes, "", 0, resource);
  resource.keep_short();
  const auto scopes = find_member(group, "scopeLogs");
  if (!scopes || !scopes->starts_with('[')) {
    add_unreadable(body.decoded, group, "the resource has no scopeLogs");
    return {};
  }
  return body.each_group(*scopes,
                         [&](JsonBody& of, std::string_view scope) { return read_scope(zone, of, scope, resource); });
}

}  // namespace

Result<app::Decoded> decode_otlp_json(const app::Delivery& delivery, const Options& options) {
  return JsonBody::read(delivery, options.bound, "resourceLogs", [&](JsonBody& body, std::string_view group) {
    return read_resource(options.zone, body, group);
  });
}

}  // namespace countersign::webhooks
