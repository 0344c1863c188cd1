// OpenTelemetry logs over HTTP, JSON and protobuf (opentelemetry.io/docs/specs/otlp; opentelemetry-proto
// collector/logs/v1, logs/v1, common/v1). Success is 200 with a body of the request's own kind; 429, 502, 503 and 504
// come again. A record that was kept in quarantine is told as a partial success, which is logged and not sent again.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "webhooks/json_values.hpp"
#include "webhooks/otlp_log.hpp"
#include "webhooks/proto_fields.hpp"
#include "webhooks/providers.hpp"

namespace countersign::webhooks {
namespace {

bool speaks_json(const app::Delivery& delivery) {
  return delivery.content_type.find("json") != std::string_view::npos;
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
    auto decoded = json ? decode_otlp_json(delivery, options_) : decode_otlp_protobuf(delivery, options_);
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
  Options options_;
};

}  // namespace

Made make_otlp(const Options& options) {
  return std::make_unique<Otlp>(options);
}

}  // namespace countersign::webhooks
