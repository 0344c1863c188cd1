// OpenTelemetry logs over HTTP, JSON and protobuf (opentelemetry.io/docs/specs/otlp; opentelemetry-proto
// collector/logs/v1, logs/v1, common/v1). Success is 200 with a body of the request's own kind; 429, 502, 503 and 504
// come again. A record that was kept in quarantine is told as a partial success, which is logged and not sent again.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "webhooks/json_grammar.hpp"
#include "webhooks/json_values.hpp"
#include "webhooks/proto_fields.hpp"
#include "webhooks/providers.hpp"
#include "webhooks/record_fields.hpp"

namespace countersign::webhooks {
namespace {

constexpr int kDeepestValue = 8;
constexpr std::size_t kLongestShared = 1'024;  // of what a resource says for all its records: no host's name is longer

/// Those a record is read from, each once.
class Attributes {
 public:
  [[nodiscard]] bool wants(std::string_view name) const {
    return names_field(name) && std::ranges::find(fields_, name, &Field::first) == fields_.end();
  }
  void add(std::string_view name, std::string value) {
    if (wants(name)) fields_.emplace_back(name, std::move(value));
  }
  void keep_short() {
    std::erase_if(fields_, [](const Field& field) { return field.second.size() > kLongestShared; });
  }
  void append(Attributes later) {
    for (auto& [name, value] : later.fields_)
      add(name, std::move(value));
  }
  [[nodiscard]] NamedTexts texts() const { return fields_; }

 private:
  using Field = std::pair<std::string, std::string>;
  std::vector<Field> fields_;
};

/// One log record in either notation. `fields` begins with what the body says.
struct OtlpLog {
  Attributes fields;
  std::uint64_t time = 0, observed = 0;  // nanoseconds; 0: unknown
};

bool speaks_json(const app::Delivery& delivery) {
  return delivery.content_type.find("json") != std::string_view::npos;
}

/// The name of a map's value; nullopt where it is too long to be that of a record's field.
std::optional<std::string> name_below(std::string_view name, std::string_view key) {
  if (name.size() + 1 + key.size() > kLongestFieldName) return std::nullopt;
  return name.empty() ? std::string(key) : fmt::format("{}.{}", name, key);
}

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

app::Reply otlp_reply(bool json, int status, std::string body) {
  return {.status = status,
          .headers = {{"Content-Type", json ? "application/json" : "application/x-protobuf"}},
          .body = std::move(body)};
}

/// ExportLogsServiceResponse, with a partial success where something was not readable.
app::Reply otlp_success(bool json, std::size_t unreadable) {
  if (unreadable == 0) return otlp_reply(json, 200, json ? "{}" : "");
  const auto words = fmt::format("{} unreadable, kept in quarantine", unreadable);
  if (json)
    return otlp_reply(
        json, 200,
        fmt::format(R"({{"partialSuccess":{{"rejectedLogRecords":"{}","errorMessage":"{}"}}}})", unreadable, words));
  std::string partial, body;
  put_varint(partial, 1, unreadable);
  put_bytes(partial, 2, words);
  put_bytes(body, 1, partial);
  return otlp_reply(json, 200, std::move(body));
}

class Otlp final : public app::Decoder {
 public:
  explicit Otlp(Options options) : options_(std::move(options)) {}

  [[nodiscard]] Result<app::Decoded> decode(const app::Delivery& delivery) const override {
    if (delivery.suffix.ends_with("/v1/traces") || delivery.suffix.ends_with("/v1/metrics"))
      return fail(Fault::invalid, "this takes logs alone: export traces and metrics elsewhere");
    const bool json = speaks_json(delivery);
    auto decoded = json ? decode_json(delivery) : decode_protobuf(delivery);
    if (decoded) decoded = unless_all_unreadable(*std::move(decoded));
    if (decoded) decoded->reply = otlp_success(json, decoded->unreadable.size());
    return decoded;
  }

  /// google.rpc.Status, as the protocol asks of every failure.
  [[nodiscard]] std::optional<app::Reply> refusal(const app::Delivery& head, const Error& error) const override {
    struct Answer {
      int status, code;
    };
    const auto answer = error.fault == Fault::unauthorized ? Answer{401, 16}
                        : error.fault == Fault::invalid    ? Answer{400, 3}
                        : error.fault == Fault::too_large  ? Answer{413, 8}
                                                           : Answer{503, 14};
    const bool json = speaks_json(head);
    std::string body;
    if (json) {
      body = nlohmann::ordered_json{{"code", answer.code}, {"message", error.message}}.dump(
          -1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    } else {
      put_varint(body, 1, static_cast<std::uint64_t>(answer.code));
      put_bytes(body, 2, error.message);
    }
    auto reply = otlp_reply(json, answer.status, std::move(body));
    if (answer.status == 503) reply.headers.emplace_back("Retry-After", "5");
    if (answer.status == 401) reply.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"countersign\"");
    return reply;
  }

 private:
  void add(const app::Delivery& delivery, const OtlpLog& log, const Attributes& resource, std::string_view part,
           app::Decoded& decoded) const {
    core::Record record;
    std::string why;
    read_fields(log.fields.texts(), resource.texts(), options_.zone, delivery.arrival, record, why);
    if (!why.empty()) return add_unreadable(decoded, part, "the log record has no body that is or holds a line");
    const auto nanos = log.time != 0 ? log.time : log.observed;
    if (nanos != 0) record.time = from_micros(static_cast<std::int64_t>(nanos / 1000));
    decoded.records.push_back(std::move(record));
  }

  /// A body in JSON while it is read.
  struct JsonBody {
    const app::Delivery& delivery;
    JsonSoundness soundness;
    JsonValues values;
    DeliveryBound bound;
    app::Decoded decoded = {};
  };

  [[nodiscard]] Result<app::Decoded> decode_json(const app::Delivery& delivery) const {
    auto text = json_text(delivery, options_.bound);
    if (!text) return std::unexpected(text.error());
    const auto content = trim_json(text->view());
    const auto groups = find_member(content, "resourceLogs");
    if (!groups || !groups->starts_with('[')) return fail(Fault::invalid, "the body has no resourceLogs");
    JsonBody body{delivery, JsonSoundness(content), JsonValues(*text), DeliveryBound(text->view().size())};
    RawParts parts(*groups);
    while (const auto group = parts.next()) {
      const auto before = body.decoded.unreadable.size();
      if (auto done = read_group(body, *group); !done) return std::unexpected(done.error());
      body.soundness.tell(*group, before, body.decoded);
    }
    body.soundness.tell(content, 0, body.decoded);
    return std::move(body.decoded);
  }

  Result<void> read_group(JsonBody& body, std::string_view group) const {
    if (auto room = body.bound.check(body.decoded); !room) return room;
    Attributes resource;
    const auto about = find_member(group, "resource");
    if (about && body.soundness.breaks(*about))
      add_unreadable(body.decoded, *about, kBrokenJson);  // its logs are read, of a host unknown
    else if (const auto attributes = about ? find_member(*about, "attributes") : std::nullopt)
      flatten_pairs(body.values, *attributes, "", 0, resource);
    resource.keep_short();
    const auto scopes = find_member(group, "scopeLogs");
    if (!scopes || !scopes->starts_with('[')) {
      add_unreadable(body.decoded, group, "the resource has no scopeLogs");
      return {};
    }
    RawParts each(*scopes);
    while (const auto scope = each.next()) {
      const auto before = body.decoded.unreadable.size();
      if (auto done = read_scope(body, *scope, resource); !done) return done;
      body.soundness.tell(*scope, before, body.decoded);
    }
    return {};
  }

  Result<void> read_scope(JsonBody& body, std::string_view scope, const Attributes& resource) const {
    const auto logs = find_member(scope, "logRecords");
    if (!logs || !logs->starts_with('[')) {
      if (auto room = body.bound.check(body.decoded); !room) return room;
      // Rightly empty, or, in a body that is broken, another thing that the scopes before it swallowed.
      if (!body.soundness.sound()) add_unreadable(body.decoded, scope, "the scope has no logRecords");
      return {};
    }
    RawParts records(*logs);
    while (const auto log = records.next()) {
      if (auto room = body.bound.check(body.decoded); !room) return room;
      if (body.soundness.breaks(*log))
        add_unreadable(body.decoded, *log, kBrokenJson);
      else
        add(body.delivery, read_json(body.values, *log), resource, *log, body.decoded);
    }
    return {};
  }

  static OtlpLog read_json(JsonValues& values, std::string_view raw) {
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

  [[nodiscard]] Result<app::Decoded> decode_protobuf(const app::Delivery& delivery) const {
    const auto body = inflate_body(delivery.body, delivery.content_encoding, options_.bound);
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
          add(delivery, read_proto(log->bytes), resource, log->bytes, decoded);
        }
        if (records.broken()) add_unreadable(decoded, scope->bytes, "the scope's logs break off");
      }
      if (scopes.broken()) add_unreadable(decoded, group->bytes, "the resource's logs break off");
    }
    if (request.broken()) add_unreadable(decoded, *body, "the message breaks off");
    return decoded;
  }

  static OtlpLog read_proto(std::string_view bytes) {
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

  Options options_;
};

}  // namespace

Made make_otlp(const Options& options) {
  return std::make_unique<Otlp>(options);
}

}  // namespace countersign::webhooks
