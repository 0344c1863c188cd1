// Loki's push, as Promtail, Alloy, Fluent Bit and Docker's driver send it (grafana.com/docs/loki, "Ingest logs"):
// JSON, or snappy-compressed protobuf (grafana/loki pkg/push/push.proto). Success is 204; 429 and 5xx come again.
#include <fmt/format.h>

#include <map>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "webhooks/json_body.hpp"
#include "webhooks/proto_fields.hpp"
#include "webhooks/providers.hpp"
#include "webhooks/record_fields.hpp"

namespace countersign::webhooks {
namespace {

using Labels = std::map<std::string, std::string, std::less<>>;

std::string label(const Labels& labels, std::initializer_list<std::string_view> names) {
  for (const auto name : names)
    if (const auto found = labels.find(name); found != labels.end() && !found->second.empty()) return found->second;
  return {};
}

/// {host="web1", job="a\"b"}: Prometheus' notation, values quoted as Go does. What is broken ends it.
Labels read_labels(std::string_view text) {
  Labels labels;
  if (text.starts_with('{')) text.remove_prefix(1);
  while (true) {
    const auto begin = text.find_first_not_of(" ,");
    const auto equals = text.find("=\"");
    if (begin == std::string_view::npos || equals == std::string_view::npos || equals < begin) return labels;
    std::string value;
    std::size_t at = equals + 2;
    for (; at < text.size() && text[at] != '"'; ++at) {
      if (text[at] == '\\' && at + 1 < text.size()) ++at;
      value.push_back(text[at]);
    }
    if (at >= text.size()) return labels;
    labels.emplace(text.substr(begin, equals - begin), std::move(value));
    text.remove_prefix(at + 1);
  }
}

class Loki final : public app::Decoder {
 public:
  explicit Loki(Options options) : options_(std::move(options)) {}

  [[nodiscard]] Result<app::Decoded> decode(const app::Delivery& delivery) const override {
    const bool json = delivery.content_type.find("json") != std::string_view::npos;
    auto decoded = json ? decode_json(delivery) : decode_protobuf(delivery);
    if (decoded) decoded = unless_all_unreadable(*std::move(decoded));
    if (decoded) decoded->reply = app::Reply{.status = 204, .headers = {}, .body = {}};
    return decoded;
  }

 private:
  /// The id is the entry's place (nanoseconds, which a record's time has not) and content, so that an overlapping batch
  /// is known and two equal lines of one microsecond stay two. Of the labels only host and program count: Loki adds to
  /// them, and a search must find the entry that was pushed.
  void add(const app::Delivery& delivery, const Labels& labels, std::string_view nanos, std::string_view line,
           app::Decoded& decoded) const {
    core::Record record;
    record.message = std::string(line);
    record.time = read_time(nanos);
    record.program = label(labels, {"program", "app_name", "syslog_identifier", "identifier", "process_name"});
    finish_record(options_.zone, delivery.arrival, record);
    if (record.host.empty())
      record.host = label(labels, {"host", "hostname", "host_name", "nodename", "node_name", "instance"});
    const auto content =
        fmt::format("{}:{}{}:{}{}", record.host.size(), record.host, record.program.size(), record.program, line);
    record.provider_id = fmt::format("{}:{}", nanos, to_hex(crypto::sha256(content).substr(0, 12)));
    decoded.records.push_back(std::move(record));
  }

  [[nodiscard]] Result<app::Decoded> decode_json(const app::Delivery& delivery) const {
    return JsonBody::read(delivery, options_.bound, "streams",
                          [this](JsonBody& body, std::string_view stream) { return read_stream(body, stream); });
  }

  Result<void> read_stream(JsonBody& body, std::string_view stream) const {
    if (auto room = body.check_room(); !room) return room;
    const auto entries = find_member(stream, "values");
    if (!entries || !entries->starts_with('[')) {
      add_unreadable(body.decoded, stream, "the stream has no values");
      return {};
    }
    auto raw_labels = find_member(stream, "stream").value_or("{}");
    if (body.soundness().breaks(raw_labels)) {
      add_unreadable(body.decoded, raw_labels, kBrokenJson);  // its lines are read, without them
      raw_labels = "{}";
    }
    const auto labels = labels_of(body.values, raw_labels);
    return body.each_entry(*entries, RawParts::Elements::rows,
                           [&](JsonBody& of, std::string_view row) { read_row(of, labels, row); });
  }

  static Labels labels_of(JsonValues& values, std::string_view raw) {
    Labels labels;
    if (!raw.starts_with('{')) return labels;
    RawParts members(raw);
    while (const auto member = members.next()) {
      const auto split = split_member(*member);
      auto name = split ? values.text(split->key) : std::nullopt;
      auto value = split ? values.text(split->value) : std::nullopt;
      if (name && value) labels.emplace(*std::move(name), *std::move(value));
    }
    return labels;
  }

  void read_row(JsonBody& body, const Labels& labels, std::string_view row) const {
    RawParts cells(row.starts_with('[') ? row : "[");
    const auto nanos = cells.next();
    const auto line = cells.next();
    const auto when = nanos ? body.values.text(*nanos) : std::nullopt;
    const auto what = line && line->starts_with('"') ? body.values.text(*line) : std::nullopt;
    if (!when || !read_number(*when) || !what)
      return add_unreadable(body.decoded, row, "the value is not [\"nanoseconds\", \"line\"]");
    add(body.delivery, labels, *when, *what, body.decoded);
  }

  [[nodiscard]] Result<app::Decoded> decode_protobuf(const app::Delivery& delivery) const {
    const auto encoding = delivery.content_encoding.empty() ? "snappy" : delivery.content_encoding;
    const auto body = inflate_body(delivery.body, encoding, options_.bound);
    if (!body) return std::unexpected(body.error());
    app::Decoded decoded;
    DeliveryBound bound(body->size());
    ProtoFields push(*body);
    while (const auto stream = push.next()) {
      if (stream->number != 1 || !stream->has_bytes) continue;
      std::string_view raw_labels;
      ProtoFields head(stream->bytes);
      while (const auto field = head.next())
        if (field->number == 1) raw_labels = field->bytes;
      const auto labels = read_labels(raw_labels);
      ProtoFields entries(stream->bytes);
      while (const auto entry = entries.next()) {
        if (entry->number != 2 || !entry->has_bytes) continue;
        if (auto room = bound.check(decoded); !room) return std::unexpected(room.error());
        read_entry(delivery, labels, entry->bytes, decoded);
      }
      if (entries.broken()) add_unreadable(decoded, stream->bytes, "the stream breaks off");
    }
    if (push.broken()) add_unreadable(decoded, *body, "the message breaks off");
    return decoded;
  }

  void read_entry(const app::Delivery& delivery, const Labels& labels, std::string_view bytes,
                  app::Decoded& decoded) const {
    std::uint64_t seconds = 0;
    std::uint64_t nanos = 0;
    std::string_view line;
    ProtoFields entry(bytes);
    while (const auto field = entry.next()) {
      if (field->number == 2) line = field->bytes;
      if (field->number != 1) continue;
      ProtoFields stamp(field->bytes);
      while (const auto part = stamp.next())
        (part->number == 1 ? seconds : nanos) = part->value;
    }
    if (entry.broken() || line.empty()) return add_unreadable(decoded, bytes, "the entry has no line or breaks off");
    add(delivery, labels, fmt::format("{}{:09}", seconds, nanos % 1'000'000'000), clean_utf8(line), decoded);
  }

  Options options_;
};

}  // namespace

Made make_loki(const Options& options) {
  return std::make_unique<Loki>(options);
}

}  // namespace countersign::webhooks
