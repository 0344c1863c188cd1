// Google Cloud Pub/Sub's push (cloud.google.com/pubsub/docs/push, "Authenticate push subscriptions"): one message a
// POST, wrapped or not, with a token signed by Google for the subscription's service account. 2xx acknowledges; all
// else comes again.
#include <fmt/format.h>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "webhooks/json_grammar.hpp"
#include "webhooks/json_values.hpp"
#include "webhooks/json_web_token.hpp"
#include "webhooks/message_parts.hpp"
#include "webhooks/providers.hpp"
#include "webhooks/record_fields.hpp"

namespace countersign::webhooks {
namespace {

constexpr std::string_view kGoogleKeys = "https://www.googleapis.com/oauth2/v3/certs";
constexpr Duration kKeysAge = std::chrono::hours(6);           // Google's change within days
constexpr Duration kKeysAgeAtLeast = std::chrono::minutes(5);  // an unknown key is looked for no more often

class PubSub final : public app::Decoder {
 public:
  explicit PubSub(Options options) : options_(std::move(options)) {}

  [[nodiscard]] bool proves() const override { return true; }

  [[nodiscard]] Result<app::Decoded> decode(const app::Delivery& delivery) const override {
    app::Decoded decoded;
    if (auto proved = prove(delivery, decoded); !proved) return std::unexpected(proved.error());
    if (!decoded.needs.empty()) return decoded;
    auto text = json_text(delivery, options_.bound);
    if (!text) return std::unexpected(text.error());
    const auto body = trim_json(text->view());
    const auto message = find_member(body, "message");
    const auto data = message ? find_member(*message, "data") : std::nullopt;
    JsonValues values(*text);
    QueueMessage about;
    if (data || (message && find_member(*message, "messageId"))) {
      if (!is_json(*message)) {
        add_unreadable(decoded, *message, kBrokenJson);
        return decoded;
      }
      about.id = values.text(*message, "messageId").value_or("");
      about.published = read_time(values.text(*message, "publishTime").value_or(""));
      auto bytes = from_base64(data ? values.text(*data).value_or("") : "");
      // Said to be unreadable and acknowledged, or it would come again for a week.
      if (!bytes || bytes->empty()) {
        add_unreadable(decoded, *message, "the message has no data in base64");
        return decoded;
      }
      auto content = inflate_body(*bytes, {}, options_.bound);
      if (!content) {
        add_unreadable(decoded, *message, content.error().message);
        return decoded;
      }
      if (!simdjson::validate_utf8(*content)) content = clean_utf8(*content);
      read_payload(delivery, about, PaddedText(std::move(*content)), decoded);
      return decoded;
    }
    about.id = std::string(delivery.header("x-goog-pubsub-message-id"));
    if (body.empty()) return fail(Fault::invalid, "the body is empty");
    read_payload(delivery, about, *text, decoded);
    return about.id.empty() ? unless_all_unreadable(std::move(decoded)) : std::move(decoded);
  }

 private:
  /// May ask for Google's keys instead.
  Result<void> prove(const app::Delivery& delivery, app::Decoded& decoded) const {
    auto token = delivery.header("Authorization");
    constexpr std::string_view scheme = "Bearer ";
    if (token.size() < scheme.size()) return fail(Fault::unauthorized, "there is no token: enable authentication");
    token.remove_prefix(scheme.size());
    const auto* fetched = delivery.find_fetched(kGoogleKeys);
    if (options_.keys.empty() && !fetched) {
      decoded.needs.push_back({std::string(kGoogleKeys), kKeysAge});
      return {};
    }
    const auto claims = verify_token(token, fetched ? fetched->body : options_.keys, delivery.arrival);
    if (!claims && claims.error().fault == Fault::not_found && fetched &&
        delivery.arrival - fetched->at > kKeysAgeAtLeast) {
      decoded.needs.push_back({std::string(kGoogleKeys), kKeysAgeAtLeast});
      return {};
    }
    if (!claims) return fail(Fault::unauthorized, "{}", claims.error().message);
    if (claims->issuer != "https://accounts.google.com" && claims->issuer != "accounts.google.com")
      return fail(Fault::unauthorized, "the token is not Google's");
    if (claims->audience != options_.audience) return fail(Fault::unauthorized, "the token is for another audience");
    if (claims->email != options_.email || !claims->email_verified)
      return fail(Fault::unauthorized, "the token is not of the subscription's service account");
    return {};
  }

  void read_payload(const app::Delivery& delivery, const QueueMessage& about, const PaddedText& text,
                    app::Decoded& decoded) const {
    const auto read_part = [&](std::string_view part, core::Record& record, std::string& why) {
      if (part.starts_with('{')) return read_entry(delivery, text, part, record, why);
      record = line_record(part, options_.zone, delivery.arrival);
      return true;
    };
    read_message_parts(text, about, read_part, decoded);
  }

  /// A LogEntry (cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry), or another object.
  bool read_entry(const app::Delivery& delivery, const PaddedText& text, std::string_view entry, core::Record& record,
                  std::string& why) const {
    if (!is_json(entry)) {
      why = kBrokenJson;
      return false;
    }
    JsonValues values(text);
    simdjson::ondemand::parser parser;
    const auto inner = find_member(entry, "jsonPayload");
    const bool nested = inner && inner->starts_with('{');
    if (!read_object(parser, text.padded(nested ? *inner : entry), options_.zone, delivery.arrival, record, why))
      return false;
    const auto stamp = values.text(entry, "timestamp").value_or("");
    if (const auto time = read_time(stamp)) record.time = time;
    if (const auto received = read_time(values.text(entry, "receiveTimestamp").value_or("")))
      record.received_at = received;
    static const auto instance = *JsonPath::parse(R"(labels["compute.googleapis.com/resource_name"])");
    static const auto number = *JsonPath::parse("resource.labels.instance_id");
    if (record.host.empty()) record.host = values.text(entry, instance).value_or("");
    if (record.host.empty()) record.host = values.text(entry, number).value_or("");
    // Of one log, an entry is the insertId at its time; a sink may publish it twice under two message ids.
    const auto insert = values.text(entry, "insertId").value_or("");
    if (!insert.empty()) record.provider_id = fmt::format("{}/{}", insert, stamp);
    return true;
  }

  Options options_;
};

}  // namespace

Made make_pubsub(const Options& options) {
  if (options.audience.empty() || options.email.empty())
    return fail(Fault::invalid, "pubsub needs audience and email: those of the subscription's token");
  return std::make_unique<PubSub>(options);
}

}  // namespace countersign::webhooks
