// Who may send (signatures, tokens of the provider's own), what decoders ask for on the way, and what clients are told.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "crypto/digest.hpp"
#include "tests/unit/webhooks/decoding.hpp"
#include "tests/unit/webhooks/signing.hpp"

using namespace countersign;
using namespace countersign::webhooks_test;
using Json = nlohmann::ordered_json;

namespace {

constexpr const char* kTopic = "arn:aws:sns:us-west-2:123456789012:MyTopic";
constexpr const char* kCertificateUrl = "https://sns.us-west-2.amazonaws.com/SimpleNotificationService-f3ec.pem";
constexpr const char* kSubscribeUrl = "https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription&Token=t";

Json sns_message(const std::string& type) {
  Json message{{"Type", type},
               {"MessageId", "m1"},
               {"TopicArn", kTopic},
               {"Message", std::string("Nov 20 01:02:03 web1 sshd[1]: ") + kLine},
               {"Timestamp", "2026-11-20T01:02:04.000Z"},
               {"SignatureVersion", "2"},
               {"SigningCertURL", kCertificateUrl}};
  if (type != "Notification") {
    message["Token"] = "t";
    message["SubscribeURL"] = kSubscribeUrl;
  }
  return message;
}

Result<app::Decoded> deliver_sns(const Json& message, std::vector<app::Fetched> fetched, std::string pem = {}) {
  webhooks::Options options;
  options.topics = {kTopic};
  options.certificate = std::move(pem);
  const auto body = message.dump();
  app::Delivery delivery;
  delivery.body = body;
  delivery.arrival = kArrival;
  delivery.fetched = fetched;
  return decoder("sns", options)->decode(delivery);
}

app::Fetched the_certificate(const std::string& name = "sns.amazonaws.com") {
  return {kCertificateUrl, certificate(name), kArrival};
}

}  // namespace

TEST_CASE("sns: a signed notification is read, in both versions of the signature") {
  for (const char* version : {"1", "2"}) {
    auto message = sns_message("Notification");
    message["SignatureVersion"] = version;
    message["Subject"] = "ALARM: \"x\"";
    const auto result = deliver_sns(signed_by_amazon(message), {the_certificate()});
    REQUIRE_MESSAGE(result.has_value(), result.error().message);
    REQUIRE(result->records.size() == 1);
    CHECK(result->records[0].message == kLine);
    CHECK(result->records[0].provider_id == "m1");
    CHECK(result->needs.empty());
  }
  CHECK(deliver_sns(signed_by_amazon(sns_message("Notification")), {}, certificate("sns.amazonaws.com"))
            ->records.size() == 1);
}

TEST_CASE("sns: the certificate is asked for, at Amazon alone, and the confirmation after it") {
  const auto first = deliver_sns(signed_by_amazon(sns_message("Notification")), {});
  REQUIRE(first.has_value());
  CHECK(first->records.empty());
  REQUIRE(first->needs.size() == 1);
  CHECK(first->needs[0].url == kCertificateUrl);
  CHECK(first->needs[0].max_age > Duration::zero());

  const auto confirmation = signed_by_amazon(sns_message("SubscriptionConfirmation"));
  const auto second = deliver_sns(confirmation, {the_certificate()});
  REQUIRE_MESSAGE(second.has_value(), second.error().message);
  REQUIRE(second->needs.size() == 1);
  CHECK(second->needs[0].url == kSubscribeUrl);
  CHECK(second->needs[0].max_age == Duration::zero());
  const auto third = deliver_sns(confirmation, {the_certificate(), {kSubscribeUrl, "<Confirm…/>", kArrival}});
  REQUIRE(third.has_value());
  CHECK(third->needs.empty());
  CHECK(third->records.empty());
}

TEST_CASE("sns: what is not Amazon's, or not of an allowed topic, is refused") {
  const auto fault = [](const Result<app::Decoded>& result) { return result ? Fault::internal : result.error().fault; };
  const auto good = signed_by_amazon(sns_message("Notification"));
  for (const char* name : {"Message", "MessageId", "Timestamp", "TopicArn", "Signature", "SignatureVersion"}) {
    CAPTURE(name);
    auto message = good;
    message[name] = "forged";
    CHECK(fault(deliver_sns(message, {the_certificate()})) == Fault::unauthorized);
  }
  CHECK(fault(deliver_sns(good, {the_certificate("evil.example")})) == Fault::unauthorized);
  CHECK(fault(deliver_sns(good, {{kCertificateUrl, "no certificate", kArrival}})) == Fault::unauthorized);
  auto other = sns_message("SubscriptionConfirmation");
  other["TopicArn"] = "arn:aws:sns:us-west-2:999999999999:Theirs";
  CHECK(fault(deliver_sns(signed_by_amazon(other), {the_certificate()})) == Fault::forbidden);
  auto elsewhere = sns_message("SubscriptionConfirmation");
  elsewhere["SubscribeURL"] = "https://evil.example/?Action=ConfirmSubscription";
  CHECK(fault(deliver_sns(signed_by_amazon(elsewhere), {the_certificate()})) == Fault::forbidden);
  CHECK(fault(deliver_sns(Json::array(), {})) == Fault::invalid);
  CHECK_FALSE(webhooks::make_decoder("sns", {}).has_value());
}

TEST_CASE("sns: whose certificate it may be") {
  const std::string host = "https://sns.us-west-2.amazonaws.com";
  const std::string path = "/SimpleNotificationService-0123456789abcdefABCDEF.pem";
  const auto accepted = [](const std::string& url) {
    auto message = signed_by_amazon(sns_message("Notification"));
    message["SigningCertURL"] = url;
    const auto result = deliver_sns(message, {{url, certificate("sns.amazonaws.com"), kArrival}});
    const auto asked = deliver_sns(message, {});
    CHECK(asked.has_value() == result.has_value());
    if (!result) CHECK(result.error().fault == Fault::unauthorized);
    return result.has_value();
  };
  for (const auto& url :
       {host + path, "https://sns.cn-north-1.amazonaws.com.cn" + path, "https://sns.us-gov-west-1.amazonaws.com" + path,
        host + "/SimpleNotificationService-f.pem"}) {
    CAPTURE(url);
    CHECK(accepted(url));
  }
  for (const auto& url : {
           std::string(),
           path,
           "http://sns.us-west-2.amazonaws.com" + path,
           "HTTPS://sns.us-west-2.amazonaws.com" + path,
           "https:/sns.us-west-2.amazonaws.com" + path,
           "ftp://sns.us-west-2.amazonaws.com" + path,
           "https://sns.us-west-2.amazonaws.com.evil.example" + path,
           "https://sns.us-west-2.amazonaws.com.cn.evil.example" + path,
           "https://sns.us-west-2.amazonaws.com.cn.cn" + path,
           "https://sns.us-west-2.amazonaws.com." + path,
           "https://sns.us-west-2.amazonaws.org" + path,
           "https://sns.us-west-2.amazonaws.co" + path,
           "https://evil.example/sns.us-west-2.amazonaws.com" + path,
           "https://evil.example/" + host + path,
           "https://evil.example?" + host + path,
           "https://sns.us-west-2.amazonaws.com@evil.example" + path,
           "https://user@sns.us-west-2.amazonaws.com" + path,
           "https://sns.user:pass@us-west-2.amazonaws.com" + path,
           host + ":443" + path,
           host + ":444" + path,
           host + ":" + path,
           "https://sns..amazonaws.com" + path,
           "https://sns.amazonaws.com" + path,
           "https://sns.evil.amazonaws.com" + path,
           "https://sns.a.us-west-2.amazonaws.com" + path,
           "https://sns.-2.amazonaws.com" + path,
           "https://sns.us-west-2.s3.amazonaws.com" + path,
           "https://SNS.us-west-2.amazonaws.com" + path,
           "https://sns.US-WEST-2.amazonaws.com" + path,
           "https://xsns.us-west-2.amazonaws.com" + path,
           "https://bucket.s3.amazonaws.com" + path,
           "https://sns.a/b.amazonaws.com" + path,
           "https://sns.evil.example\\.amazonaws.com" + path,
           "https://sns.evil.example%2f.us-west-2.amazonaws.com" + path,
           " " + host + path,
           host,
           host + "/",
           host + "/x.pem",
           host + "/SimpleNotificationService.pem",
           host + "/SimpleNotificationService-.pem",
           host + "/SimpleNotificationService-xyz.pem",
           host + "/SimpleNotificationService-f3ec/.pem",
           host + "/SimpleNotificationService-../f3ec.pem",
           host + "/SimpleNotificationService-%2e%2e.pem",
           host + "/a" + path,
           host + "/" + path,
           host + "/.." + path,
           host + path + "?",
           host + path + "?x=.pem",
           host + path + "#.pem",
           host + path + "/",
           host + path + "\n",
           host + path + std::string(1, '\0'),
           host + "/?Action=GetFile" + path,
           host + "/SimpleNotificationService-f3ec.PEM",
           host + "/simplenotificationservice-f3ec.pem",
       }) {
    CAPTURE(url);
    CHECK_FALSE(accepted(url));
  }
  for (const char* end :
       {"/", "/?Action=ConfirmSubscription", "/?Action=Unsubscribe&Token=t", "/x?Action=ConfirmSubscription&Token=t",
        "/?Action=ConfirmSubscription&Token=t#x", "/?Action=ConfirmSubscription&Token=t\r\nHost: x",
        ":80/?Action=ConfirmSubscription&Token=t", "@evil.example/?Action=ConfirmSubscription&Token=t"}) {
    CAPTURE(std::string(end));
    auto message = sns_message("SubscriptionConfirmation");
    message["SubscribeURL"] = host + end;
    const auto result = deliver_sns(signed_by_amazon(message), {the_certificate()});
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().fault == Fault::forbidden);
  }
}

TEST_CASE("sns: what a message holds") {
  struct Row {
    std::string message;
    std::vector<std::pair<std::string, std::string>> records;  // id, message
  };
  for (const auto& row : {
           Row{"one\ntwo\r\n\n\tthree ", {{"m1/0", "one"}, {"m1/1", "two"}, {"m1/2", "\tthree "}}},
           Row{"one\n", {{"m1", "one"}}},
           Row{"\n\none", {{"m1", "one"}}},
           Row{R"({"detail-type":"x","detail":{"eventName":"a","eventSource":"b","eventID":"e"}})",
               {{"e", R"({"eventName":"a","eventSource":"b","eventID":"e"})"}}},
           Row{"{\n\"AlarmName\":\n\"a\"\n}\n", {{"m1", "{\n\"AlarmName\":\n\"a\"\n}"}}},
           Row{"{\"message\":\"a\"}\n{\"message\":\"b\"}\nc", {{"m1/0", "a"}, {"m1/1", "b"}, {"m1/2", "c"}}},
           Row{"{\"message\":\"cut\n{\"message\":\"b\"}", {{"m1/0", "{\"message\":\"cut"}, {"m1/1", "b"}}},
           Row{"same\nsame", {{"m1/0", "same"}, {"m1/1", "same"}}},
           Row{"{broken", {{"m1", "{broken"}}},
           Row{" ", {}},
       }) {
    CAPTURE(row.message);
    auto message = sns_message("Notification");
    message["Message"] = row.message;
    const auto result = deliver_sns(signed_by_amazon(message), {the_certificate()});
    REQUIRE_MESSAGE(result.has_value(), result.error().message);
    CHECK(result->unreadable.size() == (row.records.empty() ? 1 : 0));
    REQUIRE(result->records.size() == row.records.size());
    for (std::size_t i = 0; i < row.records.size(); ++i) {
      CHECK(result->records[i].provider_id == row.records[i].first);
      CHECK(result->records[i].message == row.records[i].second);
    }
  }
  std::string many;
  for (int i = 0; i < 100'010; ++i)
    many += "x\n";
  auto message = sns_message("Notification");
  message["Message"] = many;
  const auto result = deliver_sns(signed_by_amazon(message), {the_certificate()});
  REQUIRE(result.has_value());
  CHECK(result->records.size() == 100'000);
  CHECK(result->unreadable.size() == 1);  // what is left out is counted
}

TEST_CASE("pubsub: what a message holds") {
  webhooks::Options options;
  options.audience = "https://countersign.example.com";
  options.email = "push@example.iam.gserviceaccount.com";
  options.keys = google_keys();
  const std::vector<std::pair<std::string, std::string>> headers{{"authorization", "Bearer " + google_token({})}};
  struct Row {
    std::string data;
    std::vector<std::pair<std::string, std::string>> records;  // id, message
    std::size_t unreadable;
  };
  for (const auto& row : {
           Row{"one", {{"7", "one"}}, 0},
           Row{"one\r\n\ntwo\n", {{"7/0", "one"}, {"7/1", "two"}}, 0},
           Row{R"({"message":"a"})", {{"7", "a"}}, 0},
           Row{"{\"message\":\"a\"}\n{\"message\":\"b\",\"insertId\":\"i\",\"timestamp\":\"2026-11-20T01:02:03Z\"}\n",
               {{"7/0", "a"}, {"i/2026-11-20T01:02:03Z", "b"}},
               0},
           Row{"{\n\"textPayload\": \"a\"\n}", {{"7", "a"}}, 0},
           Row{"{\"message\":\"cut\n{\"message\":\"b\"}\n", {{"7/1", "b"}}, 1},
           Row{"{broken", {}, 1},
           Row{"", {}, 1},
       }) {
    CAPTURE(row.data);
    const auto body = R"({"message":{"messageId":"7","data":")" + to_base64(row.data) + R"("}})";
    app::Delivery delivery;
    delivery.headers = headers;
    delivery.body = body;
    delivery.arrival = kArrival;
    const auto result = decoder("pubsub", options)->decode(delivery);
    REQUIRE_MESSAGE(result.has_value(), result.error().message);
    CHECK(result->unreadable.size() == row.unreadable);
    REQUIRE(result->records.size() == row.records.size());
    for (std::size_t i = 0; i < row.records.size(); ++i) {
      CHECK(result->records[i].provider_id == row.records[i].first);
      CHECK(result->records[i].message == row.records[i].second);
    }
  }
}

TEST_CASE("pubsub: Google's token, of this audience and account, of now, by a known key") {
  webhooks::Options options;
  options.audience = "https://countersign.example.com";
  options.email = "push@example.iam.gserviceaccount.com";
  options.keys = google_keys();
  const auto body = sample("gcp_pubsub_push.json");
  const auto deliver = [&](const std::string& authorization, const std::vector<app::Fetched>& fetched = {}) {
    const std::vector<std::pair<std::string, std::string>> headers{{"authorization", authorization}};
    app::Delivery delivery;
    delivery.headers = headers;
    delivery.body = body;
    delivery.arrival = kArrival;
    delivery.fetched = fetched;
    return decoder("pubsub", options)->decode(delivery);
  };
  CHECK(deliver("Bearer " + google_token({})).has_value());
  CHECK(deliver("Bearer " + google_token({{"iss", "accounts.google.com"}})).has_value());
  for (const auto& change : std::vector<nlohmann::json>{{{"alg", "none"}},
                                                        {{"alg", "HS256"}},
                                                        {{"kid", "k2"}},
                                                        {{"iss", "https://evil.example"}},
                                                        {{"aud", "https://other.example"}},
                                                        {{"aud", nlohmann::json::array()}},
                                                        {{"email", "other@example.iam.gserviceaccount.com"}},
                                                        {{"email_verified", false}},
                                                        {{"exp", 1795130000}},
                                                        {{"exp", "never"}},
                                                        {{"iat", 1795149000}}}) {
    CAPTURE(change.dump());
    const auto result = deliver("Bearer " + google_token(change));
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().fault == Fault::unauthorized);
  }
  auto forged = google_token({});
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  for (const std::string& authorization :
       {std::string(), std::string("Bearer "), std::string("Bearer a.b.c"), std::string("Bearer ..."),
        "Bearer " + forged, "Bearer " + std::string(100'000, '.')})
    CHECK(deliver(authorization).error().fault == Fault::unauthorized);

  // Without a file of keys they are Google's, fetched; again where a newer set may know the key, and not too often.
  options.keys.clear();
  const auto asked = deliver("Bearer " + google_token({}));
  REQUIRE(asked.has_value());
  REQUIRE(asked->needs.size() == 1);
  const auto url = asked->needs[0].url;
  CHECK(url == "https://www.googleapis.com/oauth2/v3/certs");
  CHECK(deliver("Bearer " + google_token({}), {{url, google_keys(), kArrival}})->records.size() == 1);
  const auto unknown = "Bearer " + google_token({{"kid", "k2"}});
  CHECK(deliver(unknown, {{url, google_keys(), kArrival - std::chrono::hours(1)}})->needs.size() == 1);
  CHECK(deliver(unknown, {{url, google_keys(), kArrival}}).error().fault == Fault::unauthorized);
}

TEST_CASE("template: Grafana's signature, with and without a time") {
  webhooks::Options options;
  options.fields = *webhooks::template_preset("grafana");
  options.signature.secret = Secret("topsecret");
  const auto body = sample("grafana_alert.json");
  const auto accepts = [&](std::vector<std::pair<std::string, std::string>> headers, Timestamp arrival = kArrival) {
    app::Delivery delivery;
    delivery.headers = headers;
    delivery.body = body;
    delivery.arrival = arrival;
    const auto result = decoder("template", options)->decode(delivery);
    if (!result) CHECK(result.error().fault == Fault::unauthorized);
    return result.has_value();
  };
  const std::string header = "X-Grafana-Alerting-Signature";
  const std::string good = "07b3fea4453241d5ebdf47f3da9d92967eb1fa2b1fdff71f3d8972e7c9548637";
  CHECK(accepts({{header, good}}));
  CHECK_FALSE(accepts({}));
  CHECK_FALSE(accepts({{header, ""}}));
  CHECK_FALSE(accepts({{header, "zz"}}));
  CHECK_FALSE(accepts({{header, "1" + good.substr(1)}}));
  options.signature.timestamp_header = "X-Timestamp";
  const auto then = from_micros(1'700'000'000'000'000);
  const std::string timed = "87d9abc057739bf561eb4c8cb534d56ff8d3087324347719241c3317fb69e8f6";
  CHECK(accepts({{header, timed}, {"X-Timestamp", "1700000000"}}, then));
  CHECK_FALSE(accepts({{header, timed}, {"X-Timestamp", "1700000000"}}, then + std::chrono::minutes(6)));
  CHECK_FALSE(accepts({{header, timed}, {"X-Timestamp", "1700000001"}}, then));
  CHECK_FALSE(accepts({{header, good}}, then));
}

TEST_CASE("template: Event Grid's handshake, filters, paths through strings") {
  const std::vector<std::pair<std::string, std::string>> headers{{"aeg-event-type", "SubscriptionValidation"}};
  const auto body = sample("azure_eventgrid_validation.json");
  app::Delivery delivery;
  delivery.headers = headers;
  delivery.body = body;
  const auto answered = decoder("template")->decode(delivery);
  REQUIRE(answered.has_value());
  REQUIRE(answered->reply.has_value());
  CHECK(answered->reply->body == R"({"validationResponse":"512d38b6-c7b8-40c8-89fe-f46f9e9622b6"})");
  delivery.body = R"([{"data":{"validationCode":"\"}<script>"}}])";
  CHECK_FALSE(decoder("template")->decode(delivery).has_value());

  webhooks::Options options;
  options.fields = *webhooks::template_preset("grafana");
  app::Delivery alerts;
  alerts.body = R"({"alerts":[{"status":"resolved","annotations":{"line":"a"}},
                              {"status":"firing","annotations":{"line":"b"}}]})";
  const auto firing = decoder("template", options)->decode(alerts);
  REQUIRE(firing.has_value());
  REQUIRE(firing->records.size() == 1);
  CHECK(firing->records[0].message == "b");

  struct Row {
    const char *path, *found;  // null: the path is none
  };
  for (const auto& row :
       {Row{"a.b", "1"}, Row{"a[\"b\"]", "1"}, Row{"c[1]", "y"}, Row{"c[*]", "x"}, Row{"d.e", "2"}, Row{"f[0].g", "3"},
        Row{"$", "whole"}, Row{"$.a.b", "1"}, Row{"a", "{\"b\":1}"}, Row{"h", ""}, Row{"c[9]", ""}, Row{"a.b.c", ""},
        Row{"", nullptr}, Row{"a..b", nullptr}, Row{"a[", nullptr}, Row{"a[x]", nullptr}, Row{"a[\"b", nullptr},
        Row{"a.", nullptr}, Row{"a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a", nullptr}}) {
    CAPTURE(row.path);
    const auto path = webhooks::JsonPath::parse(row.path);
    REQUIRE(path.has_value() == (row.found != nullptr));
    if (!path) continue;
    webhooks::Options by_path;
    by_path.fields.line = *path;
    app::Delivery one;
    one.body = R"({"a":{"b":1},"c":["x","y"],"d":"{\"e\":2}","f":"[{\"g\":3}]","h":null})";
    const auto result = decoder("template", by_path)->decode(one);
    REQUIRE(result.has_value() == (row.found[0] != '\0'));
    if (!result) continue;
    CHECK(result->records[0].message == (std::string(row.found) == "whole" ? std::string(one.body) : row.found));
  }
  CHECK_FALSE(webhooks::template_preset("grafna").has_value());
}

TEST_CASE("what each client is told") {
  struct Row {
    std::string provider, suffix, content_type;
    Fault fault;
    int status;
    std::string body;  // a part of it
  };
  const auto head_of = [](const Row& row, const std::vector<std::pair<std::string, std::string>>& headers) {
    app::Delivery head;
    head.suffix = row.suffix;
    head.content_type = row.content_type;
    head.headers = headers;
    head.arrival = kArrival;
    return head;
  };
  const std::vector<std::pair<std::string, std::string>> headers{{"X-Amz-Firehose-Request-Id", "r1"},
                                                                 {"Authorization", "Splunk wrong"}};
  for (const auto& row : {
           Row{"splunk_hec", "", "", Fault::unauthorized, 401, R"({"text":"Invalid authorization","code":3})"},
           Row{"splunk_hec", "", "", Fault::invalid, 400, R"("code":6)"},
           Row{"splunk_hec", "", "", Fault::overloaded, 503, R"({"text":"Server is busy","code":9})"},
           Row{"splunk_hec", "", "", Fault::internal, 503, R"("code":9)"},
           Row{"firehose", "", "", Fault::unauthorized, 401,
               R"({"requestId":"r1","timestamp":1795140000000,"errorMessage":"why \"")"},
           Row{"firehose", "", "", Fault::too_large, 400, R"("requestId":"r1")"},  // 413 would lose it for good
           Row{"firehose", "", "", Fault::unavailable, 503, R"("requestId":"r1")"},
           Row{"otlp", "", "application/json", Fault::overloaded, 503, R"({"code":14,"message":"why)"},
           Row{"otlp", "", "application/x-protobuf", Fault::invalid, 400, std::string("\x08\x03\x12\x05why \"", 9)},
           Row{"elasticsearch", "", "", Fault::overloaded, 503, R"("status":503)"},
       }) {
    CAPTURE(row.provider);
    const auto reply = decoder(row.provider)->refusal(head_of(row, headers), {row.fault, "why \""});
    REQUIRE(reply.has_value());
    CHECK(reply->status == row.status);
    CHECK(reply->body.find(row.body) != std::string::npos);
    bool retry_after = false;
    for (const auto& [name, value] : reply->headers)
      retry_after |= name == "Retry-After";
    CHECK(retry_after == (row.status == 503));
  }
  CHECK_FALSE(decoder("loki")->refusal({}, {Fault::overloaded, "x"}).has_value());

  struct Good {
    std::string provider, method, suffix, query, content_type, body;
    int status;
    std::string reply;
  };
  for (
      const auto& row : {
          Good{"splunk_hec", "POST", "/services/collector", "", "", R"({"event":"x"})", 200,
               R"({"text":"Success","code":0})"},
          Good{"splunk_hec", "POST", "/services/collector", "channel=c", "", R"({"event":"x"})", 200,
               R"({"text":"Success","code":0,"ackId":1795140000000000})"},
          Good{"splunk_hec", "POST", "/services/collector/ack", "channel=c", "", R"({"acks":[1795140000000000,2]})",
               200, R"({"acks":{"1795140000000000":true,"2":true}})"},
          Good{"splunk_hec", "GET", "/services/collector/health/1.0", "", "", "", 200,
               R"({"text":"HEC is healthy","code":17})"},
          Good{"firehose", "POST", "", "", "", R"({"requestId":"r2","timestamp":5,"records":[]})", 200,
               R"({"requestId":"r2","timestamp":1795140000000})"},
          Good{"loki", "POST", "/loki/api/v1/push", "", "application/json", R"({"streams":[]})", 204, ""},
          Good{"otlp", "POST", "/v1/logs", "", "application/json", R"({"resourceLogs":[]})", 200, "{}"},
          Good{"otlp", "POST", "/v1/logs", "", "application/json",
               R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"x"}},7]}]}]})", 200,
               R"({"partialSuccess":{"rejectedLogRecords":"1",)"},
          Good{"otlp", "POST", "/v1/logs", "", "application/x-protobuf", "", 200, ""},
          Good{"journal", "POST", "/upload", "", "", "MESSAGE=x\n\n", 202, "OK.\n"},
          Good{"elasticsearch", "GET", "/", "", "", "", 200, R"("tagline":"You Know, for Search")"},
          Good{
              "elasticsearch", "POST", "/_bulk", "", "",
              "{\"create\":{\"_id\":\"a\\\"\"}}\n{\"message\":\"x\"}\n{\"index\":{}}\n7\n", 200,
              R"("errors":false,"items":[{"create":{"_index":"logs","_id":"a\"","status":201}},{"index":{"_index":"logs","_id":"","status":201}}]})"},
      }) {
    CAPTURE(row.provider + row.suffix + row.body);
    app::Delivery delivery;
    delivery.method = row.method;
    delivery.suffix = row.suffix;
    delivery.query = row.query;
    delivery.content_type = row.content_type;
    delivery.body = row.body;
    delivery.arrival = kArrival;
    const auto result = decoder(row.provider)->decode(delivery);
    REQUIRE_MESSAGE(result.has_value(), result.error().message);
    REQUIRE(result->reply.has_value());
    CHECK(result->reply->status == row.status);
    CHECK(result->reply->body.find(row.reply) != std::string::npos);
    CHECK(decoder(row.provider)->door(delivery) != app::Door::closed);
  }
  app::Delivery get;
  get.method = "GET";
  CHECK(decoder("splunk_hec")->door(get) == app::Door::closed);
  get.suffix = "/services/collector/health";
  CHECK(decoder("splunk_hec")->door(get) == app::Door::open);
  CHECK(decoder("json")->door(get) == app::Door::closed);
}
