// What each provider's fuzzer says beside the body: path, headers, encoding, by one byte of the input; and the options
// its decoder wants. Free functions.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "webhooks/decoders.hpp"

namespace countersign::fuzz {

/// A token of nobody's, good until 2100 for audience "a" and account "e", and the key it was signed with.
inline constexpr std::string_view kToken =
    "Bearer "
    "eyJhbGciOiJSUzI1NiIsImtpZCI6ImYifQ.eyJpc3MiOiJhY2NvdW50cy5nb29nbGUuY29tIiwiYXVkIjoiYSIsImVtYWlsIjoiZ"
    "SIsImVtYWlsX3ZlcmlmaWVkIjp0cnVlLCJleHAiOjQxMDI0NDQ4MDB9.YAmaym1SIqyZWTaQLgBdtwuZYi1SFtSYwMA8vsRy1vgN"
    "ctva1sLcf-0T3XHlaySZI3VTc99ReG4JM7q4bUwY8bRzH-jtaUhg6PBAhLZjtvVMZH0xMrYydNcliEKcSmX7ByaN1iimQDhIzLIB"
    "5S3azAHUQmBnlLZB4Mm80qJi1kLbUhgYA_BG7ZRA2DaZXq3LkRn-iP-kBDVG20YJE01Cy8SC-RpmywDD4OWKaRxARIW4rq5E6WJX"
    "D2YFnrdDYxXLc-p8EfnOJ2pVGnSyh6Gd_FoI9113-qab8kHEnQCiJz8SZvqT9l1FnKmKdz8bqdhWp5X8RYgYwWDKiUNUTDRbUA";
inline constexpr std::string_view kKeys =
    R"({"keys":[{"kty":"RSA","kid":"f","e":"AQAB","n":")"
    "7hqa5Rj-ChCw-tp1UhWl5TvDEu0bHEgAXn3lsi4KhcIfKQUMPC9QRrBz8VIeJYmv7TarxTroOC9iMyLQ6ddPD6CIuHe5k6gE-BId"
    "A4EC4QuD34caCJewa3OwTcgdLi2wli_1EZ17JYI0n6etfXV80GoRB88CzQrtVMufJG0ZwJ0D6Cp03oqeIYuMVs4171xI6MyZAshD"
    "xwrgkkD-cLatRwQSZp0CuPCz6btznqR2WkW9yKCzYgQS41KoeTBKBcBGhpfX05BJo9qYy5rtxA7nF4QJdebbFF8amy0DTPI05uVT"
    "B2ws83Ws4q8-Zw1HqPoi4YOYSlgvomCgbeUd4UTbEQ"
    R"("}]})";

inline webhooks::Options options(std::string_view provider) {
  webhooks::Options options;
  if (provider == "sns") options.topics = {"arn:aws:sns:us-west-2:123456789012:MyTopic"};
  if (provider == "template") options.fields = *webhooks::template_preset("grafana");
  if (provider == "pubsub") {
    options.audience = "a";
    options.email = "e";
    options.keys = kKeys;
  }
  return options;
}

/// Two bits choose the encoding, one the content type, two the path.
inline app::Delivery delivery(std::string_view provider, unsigned char choice, std::string_view body) {
  static const std::array<std::pair<std::string, std::string>, 4> headers{
      std::pair<std::string, std::string>{"Authorization", kToken},
      {"Logplex-Frame-Id", "F"},
      {"Logplex-Msg-Count", "3"},
      {"X-Splunk-Request-Channel", "c"}};
  constexpr std::array<std::string_view, 4> encodings{"", "gzip", "zstd", "snappy"};
  constexpr std::array<std::string_view, 4> hec{"/services/collector", "/services/collector/raw",
                                                "/services/collector/ack", "/services/collector/event/1.0"};
  app::Delivery made;
  made.headers = headers;
  made.body = body;
  made.content_encoding = encodings[choice & 3U];
  made.content_type = (choice & 4U) != 0 ? "application/json" : "application/x-protobuf";
  if (provider == "splunk_hec") made.suffix = hec[choice >> 3U & 3U];
  if (provider == "elasticsearch") made.suffix = "/_bulk";
  made.arrival = *parse_rfc3339("2026-11-20T02:00:00Z");
  return made;
}

}  // namespace countersign::fuzz
