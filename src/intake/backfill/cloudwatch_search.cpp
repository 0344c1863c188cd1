#include "intake/backfill/cloudwatch_search.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace countersign::intake {
namespace {

using nlohmann::json;

std::int64_t millis_of(Timestamp at) {
  return to_micros(at) / 1000;
}

std::string dumped(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// The text of a member, or empty.
std::string text_of(const json& object, const char* key) {
  return object.is_object() && object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : "";
}

/// What Firehose would have brought of them: a subscription's record for each stream (its eventId is the subscription's
/// id of the same event).
std::string as_delivery(std::string_view group, const json& events, Timestamp& newest) {
  std::map<std::string, json> streams;
  for (const auto& event : events) {
    if (!event.is_object() || !event.contains("timestamp") || !event["timestamp"].is_number_integer()) continue;
    const auto at = event["timestamp"].get<std::int64_t>();
    if (at < 0 || at > std::int64_t{4'102'444'800'000}) continue;  // the year 2100
    newest = std::max(newest, from_micros(at * 1000));
    auto& stream = streams[text_of(event, "logStreamName")];
    stream.push_back({{"id", text_of(event, "eventId")}, {"timestamp", at}, {"message", text_of(event, "message")}});
  }
  json records = json::array();
  for (auto& [name, found] : streams) {
    const json message{
        {"messageType", "DATA_MESSAGE"}, {"logGroup", group}, {"logStream", name}, {"logEvents", std::move(found)}};
    records.push_back({{"data", to_base64(dumped(message))}});
  }
  return records.empty() ? std::string() : dumped({{"records", std::move(records)}});
}

class CloudWatchSearch final : public Search {
 public:
  explicit CloudWatchSearch(CloudWatchSearchSettings settings) : settings_(std::move(settings)) {
    if (settings_.url.empty()) {
      const auto* domain = settings_.region.starts_with("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
      settings_.url = fmt::format("https://logs.{}.{}", settings_.region, domain);
    }
  }

  [[nodiscard]] Result<net::Call> request(const Place& place, Timestamp now) const override {
    const auto credentials = read_aws_credentials(settings_.credentials);
    if (!credentials) return std::unexpected(credentials.error());
    const bool arn = settings_.log_group.starts_with("arn:");
    json body{{arn ? "logGroupIdentifier" : "logGroupName", settings_.log_group},
              {"startTime", millis_of(place.span.since)},
              {"endTime", std::max(millis_of(place.span.until) - 1, std::int64_t{0})},  // it is inclusive there
              {"limit", place.most}};
    if (!settings_.filter.empty()) body["filterPattern"] = settings_.filter;
    if (!settings_.stream_prefix.empty()) body["logStreamNamePrefix"] = settings_.stream_prefix;
    if (!place.token.empty()) body["nextToken"] = place.token;
    net::Call call{"POST",
                   settings_.url + "/",
                   {{"Content-Type", "application/x-amz-json-1.1"}, {"X-Amz-Target", "Logs_20140328.FilterLogEvents"}},
                   dumped(body)};
    sign(call, *credentials, settings_.region, "logs", now);
    return call;
  }

  [[nodiscard]] Result<Found> read(const Place& place, const std::string& text) const override {
    const auto body = json::parse(text, nullptr, false);
    if (!body.is_object() || (body.contains("events") && !body["events"].is_array()))
      return fail(Fault::invalid, "the answer is not FilterLogEvents'");
    Found found;
    found.next = place;
    if (body.contains("events")) found.body = as_delivery(settings_.log_group, body["events"], found.next.from);
    found.next.from = std::min(found.next.from, place.span.until);
    found.next.token = text_of(body, "nextToken");
    found.last = found.next.token.empty();
    if (!found.last && found.next.token == place.token)
      return fail(Fault::invalid, "CloudWatch Logs gave the same nextToken again");
    return found;
  }

  /// AWS says by name what is wrong: {"__type": "[namespace#]ThrottlingException", "message": …}.
  [[nodiscard]] Error refusal(const net::Response& response) const override {
    const auto body = json::parse(response.body, nullptr, false);
    auto type = text_of(body, "__type");
    type.erase(0, type.find('#') == std::string::npos ? 0 : type.find('#') + 1);
    auto said = text_of(body, "message");
    if (said.empty()) said = text_of(body, "Message");
    const auto words =
        fmt::format("CloudWatch Logs answered {} {}: {}", response.status, one_line(type, 60), one_line(said, 200));
    constexpr std::array busy{"ThrottlingException", "Throttling", "TooManyRequestsException", "LimitExceededException",
                              "RequestLimitExceeded"};
    constexpr std::array bad{"UnrecognizedClientException", "InvalidSignatureException", "AccessDeniedException",
                             "IncompleteSignature",         "ExpiredTokenException",     "InvalidClientTokenId",
                             "MissingAuthenticationToken"};
    const auto is = [&](const auto& names) { return std::ranges::find(names, std::string_view(type)) != names.end(); };
    if (is(busy) || response.status == 429) return {Fault::overloaded, words};
    if (is(bad)) return {Fault::unauthorized, words + "; look at the credentials of this [backfill]"};
    if (type == "InvalidParameterException" && said.find("oken") != std::string::npos) return {Fault::conflict, words};
    return {response.status >= 500 ? Fault::unavailable : Fault::invalid, words};
  }

  [[nodiscard]] std::size_t most() const override { return 10'000; }

 private:
  CloudWatchSearchSettings settings_;
};

}  // namespace

std::unique_ptr<Search> make_cloudwatch_search(CloudWatchSearchSettings settings) {
  return std::make_unique<CloudWatchSearch>(std::move(settings));
}

}  // namespace countersign::intake
