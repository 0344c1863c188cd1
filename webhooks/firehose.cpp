// Amazon Data Firehose's HTTP endpoint delivery, with CloudWatch Logs' subscription records inside
// (docs.aws.amazon.com/firehose, "HTTP endpoint delivery request and response specifications"). Only a 200 with the
// request's id succeeds; after anything else but 413 it comes again, so 413 is never said.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "webhooks/json_grammar.hpp"
#include "webhooks/json_sequence.hpp"
#include "webhooks/json_values.hpp"
#include "webhooks/providers.hpp"
#include "webhooks/record_fields.hpp"

namespace countersign::webhooks {
namespace {

constexpr std::string_view kRequestId = "X-Amz-Firehose-Request-Id";

app::Reply firehose_reply(int status, std::string_view request_id, Timestamp at, std::string_view wrong = {}) {
  nlohmann::ordered_json body{{"requestId", request_id}, {"timestamp", to_micros(at) / 1000}};
  if (!wrong.empty()) body["errorMessage"] = wrong.substr(0, 8192);
  return {.status = status,
          .headers = {{"Content-Type", "application/json"}},
          .body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)};
}

class Firehose final : public app::Decoder {
 public:
  explicit Firehose(Options options) : options_(std::move(options)) {}

  [[nodiscard]] Result<app::Decoded> decode(const app::Delivery& delivery) const override {
    auto text = json_text(delivery, options_.bound);
    if (!text) return std::unexpected(text.error());
    const auto body = trim_json(text->view());
    const auto records = find_member(body, "records");
    if (!records || !records->starts_with('[')) return fail(Fault::invalid, "the body has no records");
    const JsonSoundness soundness(body);
    JsonValues values(*text);
    const auto request_id = values.text(body, "requestId").value_or(std::string(delivery.header(kRequestId)));

    app::Decoded decoded;
    Room room{delivery.arrival, request_id, options_.bound.bytes * 2, DeliveryBound(text->view().size())};
    RawParts parts(*records);
    for (std::size_t i = 0; const auto part = parts.next(); ++i) {
      if (auto done = room.bound.check(decoded); !done) return std::unexpected(done.error());
      const auto data = soundness.breaks(*part) ? std::nullopt : values.text(*part, "data");
      auto bytes = data ? from_base64(*data) : fail(Fault::invalid, "the record has no data, or is broken JSON");
      if (bytes) bytes = unpacked(*bytes, room.bytes);
      if (!bytes && bytes.error().fault == Fault::overloaded)
        return fail(Fault::too_large, "the records unpack to more than is taken; send smaller batches");
      if (!bytes) {
        add_unreadable(decoded, *part, bytes.error().message);
        continue;
      }
      room.bytes -= bytes->size();
      room.bound.add_text(bytes->size());
      if (auto done = read_data(room, i, std::move(*bytes), decoded); !done) return std::unexpected(done.error());
    }
    soundness.tell(body, 0, decoded);
    auto read = unless_all_unreadable(std::move(decoded));
    if (read) read->reply = firehose_reply(200, request_id, delivery.arrival);
    return read;
  }

  [[nodiscard]] std::optional<app::Reply> refusal(const app::Delivery& head, const Error& error) const override {
    const auto status = error.fault == Fault::unauthorized                                 ? 401
                        : error.fault == Fault::invalid || error.fault == Fault::too_large ? 400
                                                                                           : 503;
    auto reply = firehose_reply(status, head.header(kRequestId), head.arrival, error.message);
    if (status == 503) reply.headers.emplace_back("Retry-After", "5");
    return reply;
  }

  [[nodiscard]] std::string_view token_header() const override { return "X-Amz-Firehose-Access-Key"; }
  [[nodiscard]] std::size_t body_limit() const override { return std::size_t{64} << 20; }

 private:
  struct Room {
    Timestamp arrival;
    const std::string& request_id;
    std::size_t bytes;    // that may still come out of records
    DeliveryBound bound;  // of what they come to
  };

  /// Fault::overloaded where all records together are too much; a bomb of its own is only unreadable.
  [[nodiscard]] Result<std::string> unpacked(const std::string& data, std::size_t left) const {
    auto bound = options_.bound;
    bound.bytes = std::min(bound.bytes / 4, left);
    auto bytes = inflate_body(data, {}, bound);
    if (!bytes && bytes.error().fault == Fault::too_large && left < options_.bound.bytes / 4)
      return fail(Fault::overloaded, "too much");
    return bytes;
  }

  /// One record: CloudWatch Logs' JSON, other JSON objects, or lines.
  Result<void> read_data(Room& room, std::size_t at, std::string data, app::Decoded& decoded) const {
    if (!simdjson::validate_utf8(data)) data = clean_utf8(data);
    const PaddedText text(std::move(data));
    JsonValues values(text);
    simdjson::ondemand::parser parser;
    JsonSequence sequence(text.view(), JsonSequence::Of::lines);
    for (std::size_t n = 0; const auto part = sequence.next();) {
      if (auto done = room.bound.check(decoded); !done) return done;
      core::Record record;
      if (part->starts_with('{')) {
        const JsonSoundness soundness(*part);
        if (const auto events = find_member(*part, "logEvents"); events && find_member(*part, "messageType")) {
          const auto before = decoded.unreadable.size();
          if (values.text(*part, "messageType") == "DATA_MESSAGE")
            if (auto done = read_log_events(room, *part, *events, soundness, values, decoded); !done) return done;
          soundness.tell(*part, before, decoded);
          continue;
        }
        if (!soundness.sound()) {
          add_unreadable(decoded, *part, kBrokenJson);
          continue;
        }
        std::string why;
        if (!read_object(parser, text.padded(*part), options_.zone, room.arrival, record, why)) {
          add_unreadable(decoded, *part, why);
          continue;
        }
      } else {
        record = line_record(*part, options_.zone, room.arrival);
      }
      // The request comes again with its id, so a place in it names a record.
      if (!room.request_id.empty()) record.provider_id = fmt::format("{}/{}/{}", room.request_id, at, n++);
      decoded.records.push_back(std::move(record));
    }
    return {};
  }

  Result<void> read_log_events(Room& room, std::string_view object, std::string_view events,
                               const JsonSoundness& soundness, JsonValues& values, app::Decoded& decoded) const {
    const auto stream = values.text(object, "logStream").value_or("");
    if (!events.starts_with('[')) {
      add_unreadable(decoded, object, "logEvents is no array");
      return {};
    }
    RawParts parts(events);
    while (const auto part = parts.next()) {
      if (auto done = room.bound.check(decoded); !done) return done;
      auto message = soundness.breaks(*part) ? std::nullopt : values.text(*part, "message");
      if (!message || message->empty()) {
        add_unreadable(decoded, *part, "the log event has no message, or is broken JSON");
        continue;
      }
      core::Record record;
      record.message = *std::move(message);
      record.provider_id = values.text(*part, "id").value_or("");
      record.time = read_time(values.text(*part, "timestamp").value_or(""));
      finish_record(options_.zone, room.arrival, record);
      if (record.host.empty()) record.host = stream;
      decoded.records.push_back(std::move(record));
    }
    return {};
  }

  Options options_;
};

}  // namespace

Made make_firehose(const Options& options) {
  return std::make_unique<Firehose>(options);
}

}  // namespace countersign::webhooks
