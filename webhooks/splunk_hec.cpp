// Splunk's HTTP Event Collector, as Splunk's own forwarders, Vector, Fluent Bit, the OpenTelemetry Collector and AWS
// Firehose speak it (docs.splunk.com, "Format events for HTTP Event Collector", "HTTP Event Collector REST API"):
// objects one after the other with no separator, or raw lines. Everything acknowledged is durable already, so every
// ackId is done at once.
#include <fmt/format.h>

#include "base/encoding.hpp"
#include "webhooks/json_grammar.hpp"
#include "webhooks/json_sequence.hpp"
#include "webhooks/json_values.hpp"
#include "webhooks/providers.hpp"
#include "webhooks/record_fields.hpp"

namespace countersign::webhooks {
namespace {

std::string_view last_but_version(std::string_view suffix) {
  if (suffix.ends_with("/1.0")) suffix.remove_suffix(4);
  return suffix.substr(suffix.rfind('/') + 1);
}

app::Reply hec_reply(int status, int code, std::string_view text, std::string_view more = {}) {
  return {.status = status,
          .headers = {{"Content-Type", "application/json"}},
          .body = fmt::format(R"({{"text":"{}","code":{}{}}})", text, code, more)};
}

class SplunkHec final : public app::Decoder {
 public:
  explicit SplunkHec(Options options) : options_(std::move(options)) {}

  [[nodiscard]] Result<app::Decoded> decode(const app::Delivery& delivery) const override {
    const auto what = last_but_version(delivery.suffix);
    app::Decoded decoded;
    if (what == "health") {
      decoded.reply = hec_reply(200, 17, "HEC is healthy");
      return decoded;
    }
    auto text = json_text(delivery, options_.bound);
    if (!text) return std::unexpected(text.error());
    if (what == "ack") return acknowledge(*text);
    auto done = what == "raw" ? read_lines_of(delivery, *text, decoded) : read_events(delivery, *text, decoded);
    if (!done) return std::unexpected(done.error());
    if (decoded.records.empty() && decoded.unreadable.empty()) return fail(Fault::invalid, "no data");
    auto read = unless_all_unreadable(std::move(decoded));
    if (read) read->reply = hec_reply(200, 0, "Success", ack_id(delivery));
    return read;
  }

  [[nodiscard]] app::Door door(const app::Delivery& head) const override {
    if (head.method == "GET" && last_but_version(head.suffix) == "health") return app::Door::open;
    return app::Decoder::door(head);
  }

  [[nodiscard]] std::optional<app::Reply> refusal(const app::Delivery& head, const Error& error) const override {
    switch (error.fault) {
      case Fault::unauthorized: {
        auto reply = head.header("Authorization").empty() ? hec_reply(401, 2, "Token is required")
                                                          : hec_reply(401, 3, "Invalid authorization");
        reply.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"countersign\"");
        return reply;
      }
      case Fault::too_large:
        return hec_reply(413, 27, "Request entity too large");
      case Fault::invalid:
        if (error.message == "no data") return hec_reply(400, 5, "No data");
        return hec_reply(400, 6, "Invalid data format", R"(,"invalid-event-number":0)");
      default:
        auto reply = hec_reply(503, 9, "Server is busy");
        reply.headers.emplace_back("Retry-After", "5");
        return reply;
    }
  }

 private:
  static std::string ack_id(const app::Delivery& delivery) {
    if (delivery.header("X-Splunk-Request-Channel").empty() && !form_value(delivery.query, "channel")) return {};
    return fmt::format(R"(,"ackId":{})", to_micros(delivery.arrival));
  }

  /// {"acks":[1,2]} → {"acks":{"1":true,"2":true}}
  static Result<app::Decoded> acknowledge(const PaddedText& text) {
    constexpr std::size_t kMostAcks = 100'000;
    const auto acks = find_member(trim_json(text.view()), "acks");
    if (!acks || !acks->starts_with('[')) return fail(Fault::invalid, "acks is no array of numbers");
    std::string body = R"({"acks":{)";
    RawParts parts(*acks);
    std::size_t count = 0;
    while (const auto id = parts.next()) {
      if (!read_number(*id) || ++count > kMostAcks) return fail(Fault::invalid, "acks is no array of numbers");
      body += fmt::format(R"({}"{}":true)", count == 1 ? "" : ",", *id);
    }
    app::Decoded decoded;
    decoded.reply = app::Reply{200, {{"Content-Type", "application/json"}}, body + "}}"};
    return decoded;
  }

  Result<void> read_events(const app::Delivery& delivery, const PaddedText& text, app::Decoded& decoded) const {
    simdjson::ondemand::parser parser;
    JsonValues values(text);
    DeliveryBound bound(text.view().size());
    JsonSequence sequence(text.view());  // some clients wrap a batch in an array
    while (const auto part = sequence.next()) {
      if (auto room = bound.check(decoded); !room) return room;
      read_event(delivery, text, *part, values, parser, decoded);
    }
    return {};
  }

  /// The envelope's own word on time and host stands over what the event inside says.
  void read_event(const app::Delivery& delivery, const PaddedText& text, std::string_view part, JsonValues& values,
                  simdjson::ondemand::parser& parser, app::Decoded& decoded) const {
    if (!is_json(part)) return add_unreadable(decoded, part, kBrokenJson);
    const auto event = find_member(part, "event");
    if (!event) return add_unreadable(decoded, part, "the object has no event");
    core::Record record;
    std::string why;
    const auto time = values.text(part, "time");
    const auto host = values.text(part, "host");
    if (event->starts_with('{')) {
      if (!read_object(parser, text.padded(*event), options_.zone, delivery.arrival, record, why))
        return add_unreadable(decoded, part, why);
      if (host) record.host = *host;
      if (time) record.time = read_time(*time);
    } else {
      auto line = event->starts_with('"') ? values.text(*event) : std::nullopt;
      if (!line || line->empty()) return add_unreadable(decoded, part, "the event is neither a text nor an object");
      record.message = *std::move(line);
      if (host) record.host = *host;
      if (time) record.time = read_time(*time);
      finish_record(options_.zone, delivery.arrival, record);
    }
    decoded.records.push_back(std::move(record));
  }

  /// The same words in the query are for every line.
  Result<void> read_lines_of(const app::Delivery& delivery, const PaddedText& text, app::Decoded& decoded) const {
    const auto host = form_value(delivery.query, "host");
    const auto time = form_value(delivery.query, "time");
    DeliveryBound bound(text.view().size());
    auto rest = text.view();
    while (!rest.empty()) {
      const auto end = std::min(rest.find('\n'), rest.size());
      core::Record record;
      record.message = std::string(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (record.message.empty() || record.message == "\r") continue;
      if (auto room = bound.check(decoded); !room) return room;
      if (host) record.host = *host;
      if (time) record.time = read_time(*time);
      finish_record(options_.zone, delivery.arrival, record);
      decoded.records.push_back(std::move(record));
    }
    return {};
  }

  Options options_;
};

}  // namespace

Made make_splunk_hec(const Options& options) {
  return std::make_unique<SplunkHec>(options);
}

}  // namespace countersign::webhooks
