// What records hold of a delivery: in proportion to its body, whatever is said once for many of them.
#include <fmt/format.h>
#include <snappy.h>

#include "tests/unit/webhooks/decoding.hpp"
#include "webhooks/proto_fields.hpp"

using namespace countersign;
using namespace countersign::webhooks_test;
using webhooks::put_bytes;
using webhooks::put_varint;

namespace {

const std::string kFrame = "<86>1 2026-11-20T01:02:03Z h sshd 1 - line\n";

/// A delivery of many short records, of which all have `shared` for a host's name (or the request's own id).
struct Many {
  std::string provider, suffix, content_type, query, body;
  std::vector<std::pair<std::string, std::string>> headers;
};

std::string times(std::size_t count, std::string_view piece, std::string_view between) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i)
    text.append(i == 0 ? "" : between).append(piece);
  return text;
}

std::string otlp_proto(std::size_t count, const std::string& name, const std::string& shared) {
  std::string any, attribute, resource, scope, group, request, body, log;
  put_bytes(any, 1, shared);
  put_bytes(attribute, 1, name);
  put_bytes(attribute, 2, any);
  put_bytes(resource, 1, attribute);
  put_bytes(body, 1, "line");
  put_bytes(log, 5, body);
  for (std::size_t i = 0; i < count; ++i)
    put_bytes(scope, 2, log);
  put_bytes(group, 1, resource);
  put_bytes(group, 2, scope);
  put_bytes(request, 1, group);
  return request;
}

std::string loki_proto(std::size_t count, const std::string& shared) {
  std::string stream, push, stamp, entry, out;
  put_bytes(stream, 1, "{host=\"" + shared + "\"}");
  put_varint(stamp, 1, 1600110569);
  put_bytes(entry, 1, stamp);
  put_bytes(entry, 2, "line");
  for (std::size_t i = 0; i < count; ++i)
    put_bytes(stream, 2, entry);
  put_bytes(push, 1, stream);
  snappy::Compress(push.data(), push.size(), &out);
  return out;
}

std::string otlp_json(std::size_t count, const std::string& name, const std::string& shared) {
  return R"({"resourceLogs":[{"resource":{"attributes":[{"key":")" + name + R"(","value":{"stringValue":")" + shared +
         R"("}}]},"scopeLogs":[{"logRecords":[)" + times(count, R"({"body":{"stringValue":"line"}})", ",") + "]}]}]}";
}

std::string firehose(std::size_t count, const std::string& request, const std::string& stream) {
  const auto events = R"({"messageType":"DATA_MESSAGE","logStream":")" + stream + R"(","logEvents":[)" +
                      times(count, R"({"message":"line"})", ",") + "]}";
  return R"({"requestId":")" + request + R"(","records":[{"data":")" + to_base64(events) + R"("},{"data":")" +
         to_base64(times(count, "line", "\n")) + R"("}]})";
}

std::vector<Many> deliveries(std::size_t count, const std::string& shared) {
  const auto head = shared.substr(0, std::size_t{32} << 10);
  return {{"otlp", "/v1/logs", "application/json", "", otlp_json(count, "host.name", shared), {}},
          {"otlp", "/v1/logs", "application/json", "", otlp_json(count, "message", shared), {}},
          {"otlp", "/v1/logs", "application/json", "", otlp_json(count, "other", shared), {}},
          {"otlp", "/v1/logs", "application/x-protobuf", "", otlp_proto(count, "host.name", shared), {}},
          {"otlp", "/v1/logs", "application/x-protobuf", "", otlp_proto(count, "other", shared), {}},
          {"loki",
           "",
           "application/json",
           "",
           R"({"streams":[{"stream":{"host":")" + shared + R"("},"values":[)" +
               times(count, R"(["1600110569039000000","line"])", ",") + "]}]}",
           {}},
          {"loki", "", "application/x-protobuf", "", loki_proto(count, shared), {}},
          {"firehose", "", "", "", firehose(count, "r", shared), {}},
          {"firehose", "", "", "", firehose(count, shared, "s"), {}},
          {"splunk_hec", "/services/collector/raw", "", "host=" + head, times(count, "line", "\n"), {}},
          {"logplex",
           "",
           "",
           "",
           times(count, fmt::format("{} {}", kFrame.size(), kFrame), ""),
           {{"Logplex-Frame-Id", head}}}};
}

Result<app::Decoded> deliver(const Many& many) {
  app::Delivery delivery;
  delivery.suffix = many.suffix;
  delivery.content_type = many.content_type;
  delivery.query = many.query;
  delivery.headers = many.headers;
  delivery.body = many.body;
  delivery.arrival = kArrival;
  return decoder(many.provider)->decode(delivery);
}

}  // namespace

TEST_CASE("what is said once for ten thousand records is not held ten thousand times") {
  constexpr std::size_t kMany = 10'000;
  for (const auto& many : deliveries(kMany, std::string(std::size_t{1} << 20, 'x'))) {
    CAPTURE(many.provider);
    CAPTURE(many.body.substr(0, 90));
    const auto result = deliver(many);
    if (!result) {
      CHECK(result.error().fault == Fault::too_large);
      continue;
    }
    CHECK(result->records.size() >= kMany);
    std::size_t held = 0;
    for (const auto& record : result->records)
      held += record.host.capacity() + record.program.capacity() + record.message.capacity() +
              record.provider_id.capacity() + record.object.capacity();
    CHECK(held < 4 * many.body.size() + 1'024 * result->records.size());
  }
}

TEST_CASE("a long name of a host is told of each of its records") {
  constexpr std::size_t kMany = 10'000;
  const std::string host(253, 'h');
  for (const auto& many : deliveries(kMany, host)) {
    CAPTURE(many.provider);
    CAPTURE(many.body.substr(0, 90));
    const auto result = deliver(many);
    REQUIRE_MESSAGE(result.has_value(), result.error().message);
    CHECK(result->unreadable.empty());
    CHECK(result->records.size() >= kMany);
  }
  CHECK(deliver(deliveries(2, host)[0])->records[1].host == host);
  CHECK(deliver(deliveries(2, host)[3])->records[1].host == host);
}

TEST_CASE("otlp: names without end are no fields") {
  std::string value = R"({"stringValue":"x"})";
  for (int depth = 0; depth < 7; ++depth)
    value = R"({"kvlistValue":{"values":[{"key":")" + std::string(std::size_t{64} << 10, 'k') + R"(","value":)" +
            value + "}]}}";
  const auto pair = R"({"key":"k","value":)" + value + "}";
  const auto result = deliver({"otlp",
                               "/v1/logs",
                               "application/json",
                               "",
                               R"({"resourceLogs":[{"resource":{"attributes":[{"key":"process","value":{"kvlistValue":)"
                               R"({"values":[{"key":"name","value":{"stringValue":"sshd"}}]}}},)" +
                                   pair + R"(]},"scopeLogs":[{"logRecords":[{"body":{"stringValue":"line"}}]}]}]})",
                               {}});
  REQUIRE(result.has_value());
  REQUIRE(result->records.size() == 1);
  CHECK(result->records[0].program == "sshd");
}
