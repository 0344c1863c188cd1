// Any bytes as a provider's delivery: no decoder may break, hang, or hand out more than it was given room for. Which
// provider's, its name says: decode_loki.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "tests/fuzz/deliveries.hpp"

namespace {

using namespace countersign;

constexpr std::size_t kBound = std::size_t{1} << 20;

[[noreturn]] void broken(const char* what) {
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

std::string& provider() {
  static std::string name;
  return name;
}

const app::Decoder& decoder() {
  static const auto made = [] {
    auto options = fuzz::options(provider());
    options.bound.bytes = kBound;
    auto result = webhooks::make_decoder(provider(), options);
    if (!result) broken(result.error().message.c_str());
    return std::move(*result);
  }();
  return *made;
}

/// The same bytes as a body without end: no more is held than may be, and each piece is good for the decoder.
void in_pieces(std::string_view body, unsigned char choice) {
  const std::size_t most = std::size_t{128} << (choice & 7U), piece = 1 + (choice >> 3U);
  const auto cutter = decoder().cutter(most);
  if (!cutter) return;
  for (std::size_t at = 0; at < body.size(); at += piece) {
    const auto part = cutter->take(body.substr(at, piece), at + piece >= body.size());
    if (cutter->held() > most + piece) broken("more is held than may be");
    auto delivery = fuzz::delivery(provider(), 0, part);
    delivery.beside_good = true;
    if (const auto decoded = decoder().decode(delivery); !decoded && decoded.error().fault != Fault::too_large)
      broken("a piece beside good ones is no fault");
    for (const auto& passed : cutter->passed_over())
      if (passed.why.empty()) broken("what is passed over says why");
  }
  if (cutter->held() > 0) broken("something is held after the last");
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*count*/, char*** arguments) {
  const std::string_view program = **arguments;
  const auto name = program.substr(program.find_last_of('/') + 1);
  if (!name.starts_with("decode_")) broken("it is called decode_PROVIDER");
  provider() = name.substr(std::string_view("decode_").size());
  return 0;
}

/// The first byte chooses headers and path; the rest is the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);  // NOLINT: bytes are bytes
  in_pieces(body, data[0]);
  const auto delivery = fuzz::delivery(provider(), data[0], body);
  const auto result = decoder().decode(delivery);
  if (!result) {
    if (result.error().message.empty()) broken("a refusal says why");
    if (const auto reply = decoder().refusal(delivery, result.error()); reply && reply->status < 400)
      broken("a refusal is no success");
    return 0;
  }
  std::size_t bytes = 0;
  for (const auto& record : result->records)
    bytes += record.message.size() + record.host.size() + record.program.size() + record.provider_id.size();
  for (const auto& unreadable : result->unreadable) {
    bytes += unreadable.sample.size();
    if (unreadable.why.empty()) broken("what is unreadable says why");
  }
  if (bytes > 8 * kBound) broken("records are larger than what they came from");
  if (result->reply && result->reply->status >= 400) broken("a success is no refusal");
  return 0;
}
