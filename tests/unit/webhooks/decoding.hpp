// Decoders in tests: samples, deliveries, and compressed bodies. Free functions.
#pragma once

#include <doctest/doctest.h>
#include <zlib.h>
#include <zstd.h>

#include <fstream>
#include <iterator>
#include <string>

#include "base/encoding.hpp"
#include "source_tree.hpp"
#include "webhooks/decoders.hpp"
#include "webhooks/record_fields.hpp"

namespace countersign::webhooks_test {

inline constexpr const char* kLine =
    "Accepted publickey for deploy from 203.0.113.7 port 51234 ssh2: ED25519 "
    "SHA256:abcdEFGHijklMNOPqrstUVWXyz0123456789ABCDEFG";

inline const Timestamp kArrival = *parse_rfc3339("2026-11-20T02:00:00Z");

inline std::string sample(const std::string& name) {
  std::ifstream file(std::string(COUNTERSIGN_SOURCE) + "/webhooks/samples/" + name, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), name);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::unique_ptr<app::Decoder> decoder(std::string_view provider, webhooks::Options options = {}) {
  options.bound.bytes = std::size_t{16} << 20;
  auto made = webhooks::make_decoder(provider, options);
  REQUIRE_MESSAGE(made.has_value(), made.error().message);
  return *std::move(made);
}

inline Result<app::Decoded> decode(std::string_view provider, std::string_view body, std::string_view encoding = {}) {
  app::Delivery delivery;
  delivery.body = body;
  delivery.content_encoding = encoding;
  delivery.arrival = kArrival;
  return decoder(provider)->decode(delivery);
}

inline app::Decoded decoded(std::string_view provider, std::string_view body, std::string_view encoding = {}) {
  auto result = decode(provider, body, encoding);
  REQUIRE_MESSAGE(result.has_value(), result.error().message);
  return std::move(*result);
}

inline std::string time_text(const std::optional<Timestamp>& time) {
  return time ? to_rfc3339(*time) : "";
}

inline std::string gzip(std::string_view text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  std::string in(text);
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

inline std::string zstd(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

}  // namespace countersign::webhooks_test
