// Amazon SNS over HTTPS (docs.aws.amazon.com/sns, "Parsing message formats", "Verifying the signatures of Amazon SNS
// messages"): every message is signed by a certificate at Amazon's own address. 2xx to 4xx all count as delivered, so
// what may work later is 503.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "crypto/public_key.hpp"
#include "webhooks/aws_event.hpp"
#include "webhooks/message_parts.hpp"
#include "webhooks/providers.hpp"
#include "webhooks/record_fields.hpp"

namespace countersign::webhooks {
namespace {

constexpr Duration kCertificateAge = std::chrono::hours(24);
constexpr std::string_view kSigner = "sns.amazonaws.com";

bool is_region(std::string_view word) {
  return !word.empty() && word.front() >= 'a' && word.front() <= 'z' && word.back() >= '0' && word.back() <= '9' &&
         word.find('-') != std::string_view::npos &&
         word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

/// What follows https://sns.REGION.amazonaws.com[.cn] in a URL: no port, no user, nothing else that could lead
/// elsewhere. Empty where it is another's.
std::string_view path_at_amazon(std::string_view url) {
  constexpr std::string_view scheme = "https://sns.";
  if (!url.starts_with(scheme)) return {};
  url.remove_prefix(scheme.size());
  const auto slash = std::min(url.find('/'), url.size());
  auto host = url.substr(0, slash);
  if (host.ends_with(".cn")) host.remove_suffix(3);
  constexpr std::string_view domain = ".amazonaws.com";
  if (!host.ends_with(domain) || !is_region(host.substr(0, host.size() - domain.size()))) return {};
  return url.substr(slash);
}

/// "Verifying the signatures": /SimpleNotificationService-HEX.pem and no more.
bool is_certificate_url(std::string_view url) {
  constexpr std::string_view before = "/SimpleNotificationService-";
  constexpr std::string_view after = ".pem";
  const auto path = path_at_amazon(url);
  if (!path.starts_with(before) || !path.ends_with(after) || path.size() <= before.size() + after.size()) return false;
  const auto name = path.substr(before.size(), path.size() - before.size() - after.size());
  return name.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

bool is_subscribe_url(std::string_view url) {
  const auto path = path_at_amazon(url);
  return path.starts_with("/?Action=ConfirmSubscription&") &&
         std::ranges::all_of(path, [](char c) { return c > ' ' && c <= '~' && c != '\\' && c != '@' && c != '#'; });
}

struct SnsMessage {
  std::string type, id, topic, message, timestamp, subject, token, subscribe_url, certificate_url, signature, version;
  bool has_subject = false;

  /// What is signed: names and values a line each, in the order of their names.
  [[nodiscard]] std::string signed_text() const {
    std::string text = fmt::format("Message\n{}\nMessageId\n{}\n", message, id);
    if (type == "Notification") {
      if (has_subject) text += fmt::format("Subject\n{}\n", subject);
      return text + fmt::format("Timestamp\n{}\nTopicArn\n{}\nType\n{}\n", timestamp, topic, type);
    }
    return text + fmt::format("SubscribeURL\n{}\nTimestamp\n{}\nToken\n{}\nTopicArn\n{}\nType\n{}\n", subscribe_url,
                              timestamp, token, topic, type);
  }
};

class Sns final : public app::Decoder {
 public:
  explicit Sns(Options options) : options_(std::move(options)) {}

  [[nodiscard]] bool proves() const override { return true; }

  [[nodiscard]] Result<app::Decoded> decode(const app::Delivery& delivery) const override {
    if (delivery.header("x-amz-sns-rawdelivery") == "true")
      return fail(Fault::unauthorized, "raw message delivery is not signed: switch it off for this subscription");
    auto text = json_text(delivery, options_.bound);
    if (!text) return std::unexpected(text.error());
    auto message = read(*text);
    if (!message) return std::unexpected(message.error());

    app::Decoded decoded;
    auto proved = prove(*message, delivery, decoded);
    if (!proved) return std::unexpected(proved.error());
    if (!decoded.needs.empty()) return decoded;
    if (std::ranges::find(options_.topics, message->topic) == options_.topics.end())
      return fail(Fault::forbidden, "the topic {} is not one of this webhook's topics", message->topic);
    if (message->type == "Notification") {
      read_message(*message, delivery, decoded);
    } else if (message->type == "SubscriptionConfirmation") {
      if (!is_subscribe_url(message->subscribe_url)) return fail(Fault::forbidden, "the SubscribeURL is not Amazon's");
      if (!delivery.find_fetched(message->subscribe_url)) decoded.needs.push_back({message->subscribe_url, {}});
    } else if (message->type == "UnsubscribeConfirmation") {
      add_unreadable(decoded, message->message, "the topic was unsubscribed: nothing more comes from it");
    } else {
      return fail(Fault::invalid, "the Type is none of Amazon SNS");
    }
    return decoded;
  }

 private:
  static Result<SnsMessage> read(const PaddedText& text) {
    const auto body = trim_json(text.view());
    if (!body.starts_with('{')) return fail(Fault::invalid, "the body is no JSON object");
    JsonValues values(text);
    SnsMessage read;
    struct {
      std::string_view key;
      std::string& target;
    } const wanted[] = {{"Type", read.type},
                        {"MessageId", read.id},
                        {"TopicArn", read.topic},
                        {"Message", read.message},
                        {"Timestamp", read.timestamp},
                        {"Signature", read.signature},
                        {"Token", read.token},
                        {"SubscribeURL", read.subscribe_url},
                        {"Subject", read.subject},
                        {"SigningCertURL", read.certificate_url},
                        {"SignatureVersion", read.version}};
    for (const auto& [key, target] : wanted)
      if (auto value = values.text(body, key)) target = *std::move(value);
    const auto subject = find_member(body, "Subject");
    read.has_subject = subject && *subject != "null";
    if (read.type.empty() || read.id.empty() || read.topic.empty())
      return fail(Fault::invalid, "the body is no message of Amazon SNS");
    return read;
  }

  /// May ask for the certificate instead.
  Result<void> prove(const SnsMessage& message, const app::Delivery& delivery, app::Decoded& decoded) const {
    std::string_view pem = options_.certificate;
    if (pem.empty()) {
      if (!is_certificate_url(message.certificate_url))
        return fail(Fault::unauthorized, "the SigningCertURL is not Amazon's");
      const auto* fetched = delivery.find_fetched(message.certificate_url);
      if (!fetched) {
        decoded.needs.push_back({message.certificate_url, kCertificateAge});
        return {};
      }
      pem = fetched->body;
    }
    const auto key = crypto::PublicKey::from_certificate(pem, kSigner, delivery.arrival);
    if (!key) return fail(Fault::unauthorized, "the signing certificate: {}", key.error().message);
    const auto signature = from_base64(message.signature);
    const bool known = message.version == "1" || message.version == "2";
    const auto algorithm = message.version == "1" ? crypto::SignedWith::rsa_sha1 : crypto::SignedWith::rsa_sha256;
    if (!known || !signature || !key->verifies(algorithm, message.signed_text(), *signature))
      return fail(Fault::unauthorized, "the signature is not that of this message");
    return {};
  }

  void read_message(const SnsMessage& message, const app::Delivery& delivery, app::Decoded& decoded) const {
    const PaddedText text(message.message);
    const auto read_part = [&](std::string_view part, core::Record& record, std::string& why) {
      if (part.starts_with('{') && read_aws_event(text, part, options_, delivery.arrival, record, why)) return true;
      record = line_record(part, options_.zone, delivery.arrival);
      return true;
    };
    if (read_message_parts(text, {message.id, read_time(message.timestamp)}, read_part, decoded) == 0)
      add_unreadable(decoded, message.message, "the message is empty");
  }

  Options options_;
};

}  // namespace

Made make_sns(const Options& options) {
  if (options.topics.empty())
    return fail(Fault::invalid, "sns needs topics = [\"arn:aws:sns:…\"]: those it may be subscribed to");
  return std::make_unique<Sns>(options);
}

}  // namespace countersign::webhooks
