// Every provider over its samples, then over what a hostile or broken sender makes of its format: each has a way to
// pack good records with something bad among them.
#include <fmt/format.h>
#include <snappy.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "tests/unit/webhooks/decoding.hpp"
#include "tests/unit/webhooks/signing.hpp"
#include "webhooks/proto_fields.hpp"

using namespace countersign;
using namespace countersign::webhooks_test;
using webhooks::put_bytes;
using webhooks::put_varint;
using Json = nlohmann::ordered_json;

namespace {

/// How a provider's delivery looks beside its body.
struct Shape {
  std::string provider, suffix, content_type, encoding;
  std::vector<std::pair<std::string, std::string>> headers;
  webhooks::Options options;
};

Result<app::Decoded> deliver(const Shape& shape, std::string_view body, std::string_view encoding = {}) {
  app::Delivery delivery;
  delivery.suffix = shape.suffix;
  delivery.content_type = shape.content_type;
  delivery.content_encoding = encoding.empty() ? shape.encoding : encoding;
  delivery.headers = shape.headers;
  delivery.body = body;
  delivery.arrival = kArrival;
  return decoder(shape.provider, shape.options)->decode(delivery);
}

webhooks::Options preset(std::string_view name) {
  webhooks::Options options;
  options.fields = *webhooks::template_preset(name);
  return options;
}

Shape pubsub_shape() {
  Shape shape{"pubsub", "", "application/json", "", {{"Authorization", "Bearer " + google_token({})}}, {}};
  shape.options.audience = "https://countersign.example.com";
  shape.options.email = "push@example.iam.gserviceaccount.com";
  shape.options.keys = google_keys();
  return shape;
}

const char* const kTopic = "arn:aws:sns:us-west-2:123456789012:MyTopic";

Shape sns_shape() {
  Shape shape{"sns", "", "text/plain", "", {}, {}};
  shape.options.topics = {kTopic};
  shape.options.certificate = certificate("sns.amazonaws.com");
  return shape;
}

std::string sns_body(const std::string& message, const std::string& id = "m1") {
  return signed_by_amazon({{"Type", "Notification"},
                           {"MessageId", id},
                           {"TopicArn", kTopic},
                           {"Message", message},
                           {"Timestamp", "2026-11-20T01:02:04.000Z"},
                           {"SignatureVersion", "2"}})
      .dump();
}

std::string pubsub_body(const std::string& data, const std::string& id = "7") {
  return R"({"message":{"messageId":)" + Json(id).dump() + R"(,"data":")" + to_base64(data) + R"("}})";
}

const std::string kHeader = "Nov 20 01:02:03 web1 sshd[2211]: ";

}  // namespace

TEST_CASE("each provider's samples give the line, its host, program, time and id") {
  struct Row {
    Shape shape;
    std::string file;
    std::size_t records, at;
    std::string host, program, time, id;
    int pid;
  };
  const std::string exact = "2020-09-14T19:09:29.039Z";
  const std::string stamped = "2026-11-20T01:02:03.123456Z";
  const std::vector<Row> rows{
      {{"splunk_hec", "/services/collector/event", "", "", {}, {}},
       "splunk_hec_event.txt",
       2,
       0,
       "web1",
       "sshd",
       exact,
       "",
       2211},
      {{"splunk_hec", "", "", "", {}, {}}, "splunk_hec_event.txt", 2, 1, "", "sshd", "2020-09-14T19:09:30Z", "", -1},
      {{"splunk_hec", "/services/collector/raw/1.0", "", "", {}, {}},
       "splunk_hec_raw.txt",
       1,
       0,
       "web1",
       "sshd",
       "2026-09-14T19:09:29Z",
       "",
       2211},
      {{"firehose", "", "", "", {}, {}},
       "firehose_cwl_request.json",
       2,
       0,
       "ip-10-0-0-5",
       "sshd",
       exact,
       "35683658089614582423604394983260738922885519999578275840",
       2211},
      {{"firehose", "", "", "", {}, {}},
       "firehose_cwl_request.json",
       2,
       1,
       "h",
       "sshd",
       "2026-09-14T19:09:29Z",
       "ed4acda5-034f-9f42-bba1-f29aea6d7d8f/2/0",
       1},
      {{"loki", "/loki/api/v1/push", "application/json", "", {}, {}},
       "loki_push.json",
       2,
       0,
       "web1",
       "sshd",
       exact,
       "*",
       2211},
      {{"loki", "", "application/x-protobuf", "", {}, {}}, "loki_push.pb.snappy", 2, 1, "web1", "", exact, "*", -1},
      {{"otlp", "/v1/logs", "application/json", "", {}, {}}, "otlp_logs.json", 2, 0, "web1", "sshd", exact, "", 2211},
      {{"otlp", "/v1/logs", "application/x-protobuf", "", {}, {}},
       "otlp_logs.pb",
       2,
       0,
       "web1",
       "sshd",
       exact,
       "",
       2211},
      {{"otlp", "/v1/logs", "application/x-protobuf", "", {}, {}}, "otlp_logs.pb", 2, 1, "web1", "sshd", exact, "", -1},
      {{"template", "", "", "", {}, preset("grafana")},
       "grafana_alert.json",
       1,
       0,
       "web1",
       "",
       "2026-11-20T01:00:00Z",
       "57c6d9296de2ad39/2026-11-20T01:00:00Z",
       -1},
      {{"template", "", "", "", {}, preset("datadog")},
       "datadog_alert.json",
       1,
       0,
       "web1",
       "sshd",
       "2025-11-20T01:02:03.123Z",
       "7654321098765432101",
       -1},
      {{"template", "", "", "", {}, preset("sumo")},
       "sumologic_alert.json",
       1,
       0,
       "web1",
       "sshd",
       "2025-11-20T01:02:03.123Z",
       "9223372036854775807",
       2211},
      {{"template", "", "", "", {}, preset("splunk_alert")},
       "splunk_alert_webhook.json",
       1,
       0,
       "web1",
       "sshd",
       "2020-09-14T19:09:29Z",
       "",
       2211},
      {{"template", "", "", "", {}, preset("wazuh")},
       "wazuh_alert.json",
       1,
       0,
       "web1",
       "sshd",
       "2026-11-20T01:02:03.123Z",
       "1763600523.12345678901234567890",
       2211},
      {pubsub_shape(), "gcp_pubsub_push.json", 1, 0, "web1", "sshd", stamped, "1f2x3abc/2026-11-20T01:02:03.123456Z",
       2211},
      {pubsub_shape(), "gcp_logentry_unwrapped.json", 1, 0, "web1", "sshd", stamped,
       "1f2x3abc/2026-11-20T01:02:03.123456Z", 2211},
      {{"logplex", "", "application/logplex-1", "", {{"Logplex-Frame-Id", "F1"}}, {}},
       "logplex_drain.txt",
       2,
       1,
       "host",
       "sshd",
       stamped,
       "F1/1",
       2211},
      {{"elasticsearch", "/_bulk", "", "", {}, {}},
       "elasticsearch_bulk.ndjson",
       2,
       0,
       "web1",
       "sshd",
       "2026-11-20T01:02:03.123Z",
       "a1",
       2211},
      {{"elasticsearch", "/_bulk", "", "", {}, {}}, "elasticsearch_bulk.ndjson", 2, 1, "web1", "sshd", exact, "", 2211},
      {{"journal", "/upload", "application/vnd.fdo.journal", "", {}, {}},
       "journal_export.bin",
       2,
       0,
       "web1",
       "sshd",
       exact,
       "s=1;i=1",
       2211},
  };
  for (const auto& row : rows) {
    CAPTURE(row.shape.provider);
    CAPTURE(row.file);
    const auto body = sample(row.file);
    for (const bool zipped : {false, true}) {
      if (zipped && row.shape.content_type.find("x-protobuf") != std::string::npos && row.shape.provider == "loki")
        continue;
      const auto result = zipped ? deliver(row.shape, gzip(body), "gzip") : deliver(row.shape, body);
      REQUIRE_MESSAGE(result.has_value(), result.error().message);
      CHECK(result->unreadable.empty());
      REQUIRE(result->records.size() == row.records);
      const auto& record = result->records[row.at];
      CHECK(record.message == kLine);
      CHECK(record.host == row.host);
      CHECK(record.program == row.program);
      CHECK(time_text(record.time) == row.time);
      CHECK(record.pid.value_or(-1) == row.pid);
      if (row.id != "*") CHECK(record.provider_id == row.id);
    }
  }
}

TEST_CASE("what is an event in JSON is handed on as it stands") {
  struct Row {
    Shape shape;
    const char *file, *begins, *id, *time;
  };
  for (const auto& row : {
           Row{{"eventbridge", "", "", "", {}, {}},
               "eventbridge_consolelogin.json",
               "{\n    \"eventVersion\": \"1.05\"",
               "fed06f42-cb12-4764-8c69-121063dc79b9",
               "2018-07-24T18:34:07Z"},
           Row{{"eventbridge", "", "", "", {}, {}},
               "eventbridge_assumerole.json",
               "{\n    \"eventVersion\": \"1.08\"",
               "0a1b",
               "2026-11-20T01:00:00Z"},
           Row{{"eventbridge", "", "", "", {}, {}},
               "eventbridge_okta.json",
               "{\n    \"uuid\": \"d8f6b1a2-1111",
               "d8f6b1a2-1111-11ee-8c99-0242ac120002",
               "2026-11-20T01:02:03Z"},
           Row{pubsub_shape(), "gcp_workspace_login.json", "{\n  \"insertId\": \"-nahbepd4l1x\"",
               "-nahbepd4l1x/2026-11-20T01:02:03.000000Z", "2026-11-20T01:02:03Z"},
           Row{{"json", "", "", "", {}, {}}, "osquery_result.json", "{\"name\": \"last_logins\"", "", ""},
           Row{{"template", "", "", "", {}, preset("osquery")},
               "osquery_result.json",
               "{\"name\": \"last_logins\"",
               "",
               "2026-11-20T01:02:03Z"},
       }) {
    CAPTURE(row.file);
    const auto result = deliver(row.shape, sample(row.file));
    REQUIRE_MESSAGE(result.has_value(), result.error().message);
    REQUIRE(result->records.size() == 1);
    const auto& record = result->records[0];
    CHECK(record.message.starts_with(row.begins));
    CHECK(record.message.ends_with('}'));
    CHECK(record.program.empty());
    CHECK(record.provider_id == row.id);
    CHECK(time_text(record.time) == row.time);
  }
  // An object that has a line and names no program is kept beside it; one that names it is not.
  CHECK(decoded("json", R"({"event":"session.start","user":"alice"})").records[0].object ==
        R"({"event":"session.start","user":"alice"})");
  CHECK(decoded("json", R"([{"event":"a","user":"b"} , {"event":"c","program":"sshd"}])").records[0].object ==
        R"({"event":"a","user":"b"})");
  CHECK(decoded("json", R"({"event":"c","program":"sshd"})").records[0].object.empty());
}

TEST_CASE("eventbridge: whose detail is an audit record of its own") {
  struct Row {
    const char *about, *body, *begins, *id;
  };
  for (const auto& row : {
           Row{"okta",
               R"({"id":"1","detail-type":"SystemLog","source":"aws.partner/okta.com/x/y",)"
               R"("detail":{"uuid":"u","eventType":"a.b","published":"2026-11-20T01:02:03Z"}})",
               R"({"uuid")", "u"},
           Row{"okta without an id",
               R"({"id":"1","detail-type":"SystemLog","source":"aws.partner/okta.com/x/y",)"
               R"("detail":{"eventType":"a.b","published":"2026-11-20T01:02:03Z"}})",
               R"({"eventType")", "1"},
           Row{"another partner's",
               R"({"id":"1","detail-type":"t","source":"aws.partner/okta.com.evil/x",)"
               R"("detail":{"uuid":"u","eventType":"a.b","published":"x"}})",
               R"({"id":"1")", "1"},
           Row{"okta's, but no record", R"({"id":"1","detail-type":"t","source":"aws.partner/okta.com/x","detail":{}})",
               R"({"id":"1")", "1"},
           Row{"a source that is none",
               R"({"id":"1","detail-type":"t","source":["aws.partner/okta.com/x"],)"
               R"("detail":{"uuid":"u","eventType":"a.b","published":"x"}})",
               R"({"id":"1")", "1"},
           Row{"of two the first",
               R"({"id":"1","detail-type":"t","source":"x","source":"aws.partner/okta.com/x",)"
               R"("detail":{"uuid":"u","eventType":"a.b","published":"x"}})",
               R"({"id":"1")", "1"},
           Row{"another's with CloudTrail's id", R"({"id":"1","detail-type":"t","detail":{"eventID":"e"}})",
               R"({"id":"1")", "e"},
       }) {
    CAPTURE(row.about);
    const auto result = deliver({"eventbridge", "", "", "", {}, {}}, row.body);
    REQUIRE_MESSAGE(result.has_value(), result.error().message);
    REQUIRE(result->records.size() == 1);
    CHECK(result->records[0].message.starts_with(row.begins));
    CHECK(result->records[0].provider_id == row.id);
  }
}

namespace {

/// Packs lines into a provider's body; `bad` stands among them as it is (as a part of that format, or of its JSON).
struct Packer {
  Shape shape;
  std::function<std::string(const std::vector<std::string>& lines, const std::string& bad)> pack;
  std::vector<std::string> bads;
};

std::string joined(const std::vector<std::string>& parts, const std::string& between) {
  std::string all;
  for (const auto& part : parts)
    all += (all.empty() ? "" : between) + part;
  return all;
}

/// Each line by `one`, with `bad` after the first.
std::vector<std::string> with_bad(const std::vector<std::string>& lines, const std::string& bad,
                                  const std::function<std::string(const std::string&)>& one) {
  std::vector<std::string> parts;
  for (const auto& line : lines)
    parts.push_back(one(line));
  if (!bad.empty()) parts.insert(parts.begin() + (parts.empty() ? 0 : 1), bad);
  return parts;
}

std::string text(const std::string& line) {
  return Json(line).dump();
}

std::string deep(char open, char close) {
  return std::string(10'000, open) + std::string(10'000, close);
}

const std::string kDeepArray = deep('[', ']');

std::string cloudwatch(const std::string& message) {
  return R"({"messageType":"DATA_MESSAGE","logStream":"s","logEvents":[{"id":"9","timestamp":1,"message":)" +
         text(message) + "}]}";
}

/// An AnyValue of protobuf, as deep.
const std::string& deep_any() {
  static const std::string any = [] {
    std::string value;
    for (int depth = 0; depth < 10'000; ++depth) {
      std::string pair, list, outer;
      put_bytes(pair, 1, "k");
      put_bytes(pair, 2, value);
      put_bytes(list, 1, pair);
      put_bytes(outer, 6, list);
      value = std::move(outer);
    }
    return value;
  }();
  return any;
}

std::string deep_log() {
  std::string log;
  put_bytes(log, 5, deep_any());
  return log;
}

const std::vector<std::string> kBadJson{
    "7",       "null", R"({"a":1,"b" "c"})", "{}", R"({"message":"half","annotations":{"line":"half"},"x":{"a" "b"}})",
    kDeepArray};

std::vector<Packer> packers() {
  const auto in_array = [](const char* before, std::function<std::string(const std::string&)> one, const char* after) {
    return [=](const std::vector<std::string>& lines, const std::string& bad) {
      return before + joined(with_bad(lines, bad, one), ",") + after;
    };
  };
  const auto message = [](const std::string& line) { return R"({"message":)" + text(line) + "}"; };
  std::vector<Packer> all;
  all.push_back({{"json", "", "", "", {}, {}}, in_array("[", message, "]"), kBadJson});
  all.push_back({{"json", "", "", "", {}, {}},
                 in_array(R"({"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[)", message, "]}"),
                 kBadJson});
  all.push_back({{"template", "", "", "", {}, {}},
                 in_array(R"({"eventType":"com.okta.event_hook","data":{"events":[)", message, "]}}"),
                 kBadJson});
  all.push_back({{"papertrail", "", "", "", {}, {}}, in_array(R"({"events":[)", message, "]}"), kBadJson});
  all.push_back({{"splunk_hec", "/services/collector", "", "", {}, {}},
                 in_array(
                     "", [](const std::string& line) { return R"({"event":)" + text(line) + "}"; }, ""),
                 {"7", "{}", R"({"event":5.5e,"x":1})", R"({"event":""})", R"({"event":"half","fields":{"a" "b"}})",
                  R"({"event":)" + kDeepArray + "}"}});
  all.push_back(
      {{"firehose", "", "", "", {}, {}},
       in_array(
           R"({"requestId":"r","timestamp":1,"records":[)",
           [](const std::string& line) { return R"({"data":")" + to_base64(gzip(cloudwatch(line))) + R"("})"; }, "]}"),
       {"7", "{}", R"({"data":"!!"})", R"({"data":")" + to_base64(gzip(gzip("x"))) + R"("})",
        R"({"data":")" + to_base64(gzip(std::string(std::size_t{12} << 20, ' '))) + R"("})",
        R"({"data":")" + to_base64(gzip("a b").substr(0, 12)) + R"("})",
        R"({"data":")" + to_base64(R"({"messageType":"DATA_MESSAGE","logEvents":[7]})") + R"("})",
        R"({"data":")" + to_base64("{\"x\":" + kDeepArray) + R"("})"}});
  all.push_back({{"loki", "", "application/json", "", {}, {}},
                 in_array(
                     R"({"streams":[{"stream":{"host":"h"},"values":[)",
                     [](const std::string& line) { return R"(["1600110569039000000",)" + text(line) + "]"; }, "]}]}"),
                 {"7", "[]", R"(["x","y"])", R"(["1",{"a":1}])", kDeepArray, R"(["1","\ud800"])"}});
  all.push_back({{"loki", "", "application/x-protobuf", "", {}, {}},
                 [](const std::vector<std::string>& lines, const std::string& bad) {
                   std::string stream, push, out;
                   put_bytes(stream, 1, R"({host="h"})");
                   for (const auto& entry : with_bad(lines, bad, [](const std::string& line) {
                          std::string made, stamp;
                          put_varint(stamp, 1, 1600110569);
                          put_bytes(made, 1, stamp);
                          put_bytes(made, 2, line);
                          return made;
                        }))
                     put_bytes(stream, 2, entry);
                   put_bytes(push, 1, stream);
                   snappy::Compress(push.data(), push.size(), &out);
                   return out;
                 },
                 {"\x12", "\x0a\x7f", std::string("\x12\x00", 2), "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"}});
  all.push_back(
      {{"otlp", "/v1/logs", "application/json", "", {}, {}},
       in_array(
           R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[)",
           [](const std::string& line) { return R"({"body":{"stringValue":)" + text(line) + "}}"; }, "]}]}]}"),
       {"7", "{}", R"({"body":{"intValue":"5"}})", R"({"body":)" + kDeepArray + "}"}});
  all.push_back({{"otlp", "/v1/logs", "application/x-protobuf", "", {}, {}},
                 [](const std::vector<std::string>& lines, const std::string& bad) {
                   std::string scope, group, request;
                   for (const auto& log : with_bad(lines, bad, [](const std::string& line) {
                          std::string made, any;
                          put_bytes(any, 1, line);
                          put_bytes(made, 5, any);
                          return made;
                        }))
                     put_bytes(scope, 2, log);
                   put_bytes(group, 2, scope);
                   put_bytes(request, 1, group);
                   return request;
                 },
                 {"\x2a", "\x2a\x7fx", "\x08\x01", deep_log(), "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"}});
  all.push_back({{"splunk_hec", "/services/collector/raw", "", "", {}, {}},
                 [](const std::vector<std::string>& lines, const std::string&) { return joined(lines, "\n"); },
                 {}});  // any line is one
  all.push_back(
      {sns_shape(),
       [](const std::vector<std::string>& lines, const std::string&) { return sns_body(joined(lines, "\n")); },
       {}});  // likewise
  all.push_back({pubsub_shape(),
                 [=](const std::vector<std::string>& lines, const std::string& bad) {
                   return pubsub_body(joined(with_bad(lines, bad, message), "\n"));
                 },
                 {R"({"a":1,"b" "c"})", "{}", "{\"message\":\"cut", R"({"textPayload":"half","x":{"a" "b"}})",
                  R"({"jsonPayload":{"message":"half"},"x":{"a" "b"}})", R"({"message":)" + kDeepArray}});
  all.push_back({{"eventbridge", "", "", "", {}, {}}, in_array("[", message, "]"), kBadJson});
  auto fields = preset("grafana");
  fields.fields.only.reset();
  all.push_back({{"template", "", "", "", {}, fields},
                 in_array(
                     R"({"alerts":[)",
                     [](const std::string& line) { return R"({"annotations":{"line":)" + text(line) + "}}"; }, "]}"),
                 kBadJson});
  all.push_back({{"logplex", "", "", "", {}, {}},
                 [](const std::vector<std::string>& lines, const std::string& bad) {
                   return joined(with_bad(lines, bad,
                                          [](const std::string& line) {
                                            const auto frame = "<86>1 2026-11-20T01:02:03Z h sshd 1 - " + line + "\n";
                                            return std::to_string(frame.size()) + " " + frame;
                                          }),
                                 "");
                 },
                 {"5 <86>1", "x\n", "99999999 y\n", "-1 z\n", "10 no header\n"}});
  all.push_back(
      {{"elasticsearch", "/_bulk", "", "", {}, {}},
       [=](const std::vector<std::string>& lines, const std::string& bad) {
         return joined(
             with_bad(lines, bad, [&](const std::string& line) { return "{\"index\":{}}\n" + message(line); }), "\n");
       },
       {"7", "{\"index\":{}}\n7", "{\"index\":{}}\n{}", "{\"update\":{}}\n{}", "{\"index\":{}}\n" + kDeepArray}});
  all.push_back({{"journal", "/upload", "", "", {}, {}},
                 [](const std::vector<std::string>& lines, const std::string& bad) {
                   return joined(with_bad(lines, bad,
                                          [](const std::string& line) {
                                            return "__CURSOR=c\n_HOSTNAME=h\nMESSAGE=" + line + "\n";
                                          }),
                                 "\n");
                 },
                 {"__CURSOR=d\n", "__CURSOR=d\nMESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xffx\n", "MESSAGE\nxx\n"}});
  return all;
}

}  // namespace

TEST_CASE("a bad part costs only itself, in every format") {
  for (const auto& packer : packers()) {
    CAPTURE(packer.shape.provider);
    CAPTURE(packer.shape.content_type);
    for (const auto& bad : packer.bads) {
      CAPTURE(bad.substr(0, 60));
      const auto result =
          deliver(packer.shape, packer.pack({kHeader + "one", kHeader + "two", kHeader + "three"}, bad));
      REQUIRE_MESSAGE(result.has_value(), result.error().message);
      REQUIRE(result->records.size() == 3);
      CHECK(result->records[0].message.ends_with("one"));
      CHECK(result->records[2].message.ends_with("three"));
      CHECK(result->unreadable.size() == 1);
      for (const auto& unreadable : result->unreadable) {
        CHECK(unreadable.sample.size() <= 512);
        CHECK_FALSE(unreadable.why.empty());
      }
    }
  }
}

TEST_CASE("ten thousand records, and a hundred thousand too many") {
  std::vector<std::string> lines;
  for (int i = 0; i < 10'000; ++i)
    lines.push_back(fmt::format("line {}", i));
  for (const auto& packer : packers()) {
    CAPTURE(packer.shape.provider);
    CAPTURE(packer.shape.content_type);
    const auto result = deliver(packer.shape, packer.pack(lines, ""));
    REQUIRE_MESSAGE(result.has_value(), result.error().message);
    REQUIRE(result->records.size() == 10'000);
    CHECK(result->unreadable.empty());
    CHECK(result->records.back().message.ends_with("line 9999"));
  }
  const std::vector<std::string> flood(100'001, "x");
  for (const auto& packer : packers()) {
    if (packer.shape.provider == "firehose") continue;  // its packer would take a while
    // Would come again for a week, or never: taken as far as it goes, and the rest is counted.
    if (packer.shape.provider == "sns" || packer.shape.provider == "pubsub") {
      CHECK(deliver(packer.shape, packer.pack(flood, ""))->unreadable.size() == 1);
      continue;
    }
    CAPTURE(packer.shape.provider);
    const auto result = deliver(packer.shape, packer.pack(flood, ""));
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().fault == Fault::too_large);
  }
}

TEST_CASE("cut anywhere, nothing breaks and what was whole is read") {
  for (const auto& packer : packers()) {
    CAPTURE(packer.shape.provider);
    const auto whole = packer.pack({kHeader + "one", kHeader + "two"}, "");
    std::size_t most = 0;
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const auto result = deliver(packer.shape, std::string_view(whole).substr(0, size));
      if (!result) {
        CHECK_FALSE(result.error().message.empty());
        continue;
      }
      CHECK(result->records.size() <= 2);
      most = std::max(most, result->records.size());
    }
    if (packer.shape.content_type != "application/x-protobuf") CHECK(most >= 1);
  }
}

TEST_CASE("bombs, double wrapping and damage are refused before they take room") {
  const std::string blanks(std::size_t{40} << 20, ' ');
  for (const auto& packer : packers()) {
    CAPTURE(packer.shape.provider);
    const auto body = packer.pack({"x"}, "");
    const bool snappy = packer.shape.provider == "loki" && packer.shape.content_type == "application/x-protobuf";
    if (snappy) {
      std::string bomb;
      snappy::Compress(blanks.data(), blanks.size(), &bomb);
      CHECK(deliver(packer.shape, bomb).error().fault == Fault::too_large);
      CHECK(deliver(packer.shape, std::string("\xff\xff\xff\xff\x0f") + "x").error().fault == Fault::too_large);
      continue;
    }
    CHECK(deliver(packer.shape, gzip(blanks), "gzip").error().fault == Fault::too_large);
    CHECK(deliver(packer.shape, gzip(gzip(body)), "gzip").error().fault == Fault::invalid);
    CHECK(deliver(packer.shape, gzip(body).substr(0, 15), "gzip").error().fault == Fault::invalid);
  }
  // Many records, each within its own bound, together too much.
  std::string many = R"({"records":[)";
  const auto one = R"({"data":")" + to_base64(gzip(std::string(std::size_t{3} << 20, ' '))) + R"("})";
  for (int i = 0; i < 20; ++i)
    many += (i == 0 ? "" : ",") + one;
  const auto refused = deliver({"firehose", "", "", "", {}, {}}, many + "]}");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().fault == Fault::too_large);
}

TEST_CASE("ids past 2^53 are kept to the digit") {
  const std::string big = "18446744073709551615";
  struct Row {
    Shape shape;
    std::string body;
  };
  auto fields = preset("datadog");
  for (const auto& row : {
           Row{{"papertrail", "", "", "", {}, {}}, R"({"events":[{"id":)" + big + R"(,"message":"m"}]})"},
           Row{{"eventbridge", "", "", "", {}, {}}, R"({"id":)" + big + R"(,"detail-type":"x","detail":{"a":"b"}})"},
           Row{{"journal", "", "", "", {}, {}}, "__CURSOR=" + big + "\nMESSAGE=m\n"},
           Row{sns_shape(), sns_body("m", big)},
           Row{pubsub_shape(), pubsub_body("m", big)},
           Row{{"template", "", "", "", {}, fields}, R"({"id":)" + big + R"(,"line":"m"})"},
           Row{{"elasticsearch", "/_bulk", "", "", {}, {}}, R"({"create":{"_id":)" + big + "}}\n{\"message\":\"m\"}"},
           Row{{"firehose", "", "", "", {}, {}},
               R"({"records":[{"data":")" +
                   to_base64(R"({"messageType":"DATA_MESSAGE","logEvents":[{"id":)" + big + R"(,"message":"m"}]})") +
                   R"("}]})"},
       }) {
    CAPTURE(row.shape.provider);
    const auto result = deliver(row.shape, row.body);
    REQUIRE_MESSAGE(result.has_value(), result.error().message);
    REQUIRE(result->records.size() == 1);
    CHECK(result->records[0].provider_id == big);
  }
  const auto loki = deliver({"loki", "", "application/json", "", {}, {}},
                            R"({"streams":[{"values":[["1600110569039000001","m"],["1600110569039000002","m"]]}]})");
  REQUIRE(loki.has_value());
  CHECK(loki->records[0].provider_id != loki->records[1].provider_id);  // within one microsecond
}

TEST_CASE("a delivery again, and one that overlaps: the same records by the same ids") {
  for (const auto& packer : packers()) {
    CAPTURE(packer.shape.provider);
    const auto body = packer.pack({kHeader + "one", kHeader + "two"}, "");
    const auto once = deliver(packer.shape, body);
    const auto again = deliver(packer.shape, body);
    REQUIRE(once.has_value());
    REQUIRE(again.has_value());
    REQUIRE(once->records.size() == again->records.size());
    for (std::size_t i = 0; i < once->records.size(); ++i) {
      CHECK(once->records[i].provider_id == again->records[i].provider_id);
      CHECK(once->records[i].message == again->records[i].message);
      CHECK(once->records[i].time == again->records[i].time);
    }
  }
  struct Row {
    Shape shape;
    std::function<std::string(const std::vector<std::string>& ids)> pack;
  };
  const auto each = [](const std::vector<std::string>& ids, const std::string& between,
                       const std::function<std::string(const std::string&)>& one) {
    return joined(with_bad(ids, "", one), between);
  };
  const auto datadog = preset("datadog");
  for (const auto& row : {
           Row{{"papertrail", "", "", "", {}, {}},
               [=](const auto& ids) {
                 return R"({"events":[)" +
                        each(ids, ",",
                             [](const auto& id) { return fmt::format(R"({{"id":{0},"message":"m{0}"}})", id); }) +
                        "]}";
               }},
           Row{{"firehose", "", "", "", {}, {}},
               [=](const auto& ids) {
                 return R"({"records":[{"data":")" +
                        to_base64(
                            R"({"messageType":"DATA_MESSAGE","logEvents":[)" +
                            each(ids, ",",
                                 [](const auto& id) { return fmt::format(R"({{"id":"{0}","message":"m{0}"}})", id); }) +
                            "]}") +
                        R"("}]})";
               }},
           Row{{"loki", "", "application/json", "", {}, {}},
               [=](const auto& ids) {
                 return R"({"streams":[{"stream":{"host":"h"},"values":[)" +
                        each(ids, ",",
                             [](const auto& id) { return fmt::format(R"(["160011056903900000{0}","m{0}"])", id); }) +
                        "]}]}";
               }},
           Row{{"template", "", "", "", {}, datadog},
               [=](const auto& ids) {
                 return each(ids, "\n",
                             [](const auto& id) { return fmt::format(R"({{"id":"{0}","line":"m{0}"}})", id); });
               }},
           Row{{"eventbridge", "", "", "", {}, {}},
               [=](const auto& ids) {
                 return each(ids, "", [](const auto& id) {
                   return fmt::format(R"({{"id":"{0}","detail-type":"x","detail":{{"a":"{0}"}}}})", id);
                 });
               }},
           Row{pubsub_shape(),
               [=](const auto& ids) {
                 return pubsub_body(each(ids, "\n", [](const auto& id) {
                   return fmt::format(R"({{"insertId":"{0}","textPayload":"m{0}"}})", id);
                 }));
               }},
           Row{{"elasticsearch", "/_bulk", "", "", {}, {}},
               [=](const auto& ids) {
                 return each(ids, "\n", [](const auto& id) {
                   return fmt::format("{{\"create\":{{\"_id\":\"{0}\"}}}}\n{{\"message\":\"m{0}\"}}", id);
                 });
               }},
           Row{{"journal", "/upload", "", "", {}, {}},
               [=](const auto& ids) {
                 return each(ids, "\n", [](const auto& id) { return fmt::format("__CURSOR={0}\nMESSAGE=m{0}\n", id); });
               }},
       }) {
    CAPTURE(row.shape.provider);
    const auto first = deliver(row.shape, row.pack({"1", "2"}));
    const auto second = deliver(row.shape, row.pack({"2", "3"}));
    REQUIRE_MESSAGE(first.has_value(), first.error().message);
    REQUIRE(second.has_value());
    REQUIRE(first->records.size() == 2);
    REQUIRE(second->records.size() == 2);
    CHECK_FALSE(first->records[1].provider_id.empty());
    CHECK(first->records[1].provider_id == second->records[0].provider_id);
    CHECK(first->records[1].message == second->records[0].message);
    CHECK(first->records[0].provider_id != first->records[1].provider_id);
    CHECK(second->records[0].provider_id != second->records[1].provider_id);
  }
}

TEST_CASE("a message nested ten thousand deep, and one compressed twice, cost themselves") {
  const auto deep_object = R"({"a":)" + kDeepArray + "}";
  const auto notified = deliver(sns_shape(), sns_body(deep_object));
  REQUIRE(notified.has_value());
  CHECK(notified->records.size() == 1);
  const auto half = deliver(pubsub_shape(), R"({"message":{"messageId":"7","data":"bQ==","attributes":{"a" "b"}}})");
  REQUIRE(half.has_value());
  CHECK(half->records.empty());
  CHECK(half->unreadable.size() == 1);
  for (const auto& data : {"[" + kDeepArray, gzip(gzip("x")), gzip(std::string(std::size_t{40} << 20, ' ')),
                           gzip("cut off").substr(0, 12)}) {
    const auto published = deliver(pubsub_shape(), pubsub_body(data));
    REQUIRE_MESSAGE(published.has_value(), published.error().message);
    CHECK(published->records.size() + published->unreadable.size() == 1);
  }
}

TEST_CASE("the samples of what AWS says, signed again") {
  const auto shape = sns_shape();
  auto alarm = Json::parse(sample("sns_notification_alarm.json"));
  const auto told = deliver(shape, signed_by_amazon(alarm).dump());
  REQUIRE_MESSAGE(told.has_value(), told.error().message);
  REQUIRE(told->records.size() == 1);
  CHECK(told->records[0].provider_id == "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324");
  CHECK(told->records[0].message == alarm["Message"].get<std::string>());
  CHECK(deliver(shape, alarm.dump()).error().fault == Fault::unauthorized);

  const auto invitation = Json::parse(sample("sns_subscription_confirmation.json"));
  const auto asked = deliver(shape, signed_by_amazon(invitation).dump());
  REQUIRE_MESSAGE(asked.has_value(), asked.error().message);
  REQUIRE(asked->needs.size() == 1);
  CHECK(asked->needs[0].url == invitation["SubscribeURL"].get<std::string>());

  const auto failure = deliver({"eventbridge", "", "", "", {}, {}}, sample("eventbridge_consolelogin_failure.json"));
  REQUIRE_MESSAGE(failure.has_value(), failure.error().message);
  REQUIRE(failure->records.size() == 1);
  CHECK(failure->records[0].message.find("ConsoleLogin") != std::string::npos);
}

TEST_CASE("loki: labels are found however their JSON is written") {
  struct Row {
    const char *labels, *host, *program;
  };
  for (const auto& row : {
           Row{R"({"host":"jack","app_name":"x"})", "jack", "x"},
           Row{R"({"host" : "jack" , "app_name" :"x"})", "jack", "x"},
           Row{"{\n  \"host\"\n:\n\"jack\"\n}", "jack", ""},
           Row{R"({"ho\u0073t":"ja\u0063k"})", "jack", ""},
           Row{R"({"a\":b":"c","host":"jack"})", "jack", ""},
           Row{R"({"host":"first","host":"second"})", "first", ""},
           Row{R"({"host":{"a":"b"},"hostname":"jack"})", "jack", ""},
           Row{R"({})", "", ""},
       }) {
    CAPTURE(std::string(row.labels));
    const auto result = deliver({"loki", "", "application/json", "", {}, {}},
                                fmt::format(R"({{"streams":[{{"stream":{},"values":[["1","m"]]}}]}})", row.labels));
    REQUIRE_MESSAGE(result.has_value(), result.error().message);
    REQUIRE(result->records.size() == 1);
    CHECK(result->unreadable.empty());
    CHECK(result->records[0].host == row.host);
    CHECK(result->records[0].program == row.program);
  }
}

TEST_CASE("a byte order mark before JSON is no part of it, in every format") {
  const std::string mark = "\xEF\xBB\xBF";
  for (const auto& packer : packers()) {
    const auto body = packer.pack({kHeader + "one", kHeader + "two"}, "");
    if (!body.starts_with('{') && !body.starts_with('[')) continue;
    CAPTURE(packer.shape.provider);
    const auto result = deliver(packer.shape, mark + body);
    REQUIRE_MESSAGE(result.has_value(), result.error().message);
    CHECK(result->records.size() == 2);
    CHECK(result->unreadable.empty());
  }
  const auto form = deliver({"papertrail", "", "", "", {}, {}},
                            "payload=%EF%BB%BF%7B%22events%22%3A%5B%7B%22message%22%3A%22m%22%7D%5D%7D");
  REQUIRE_MESSAGE(form.has_value(), form.error().message);
  CHECK(form->records.size() == 1);
}
