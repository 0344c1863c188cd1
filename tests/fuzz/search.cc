// Any bytes as the answer of a provider's search: reading it may fail, but never break, hang, or step backwards; and
// what it makes of it the provider's own decoder can read.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "intake/backfill/cloudwatch_search.hpp"
#include "intake/backfill/loki_search.hpp"
#include "intake/backfill/mark.hpp"
#include "intake/backfill/papertrail_search.hpp"
#include "webhooks/decoders.hpp"

namespace {

using namespace countersign;

[[noreturn]] void broken(const char* what) {
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

struct Asked {
  std::unique_ptr<intake::Search> search;
  std::unique_ptr<app::Decoder> decoder;
};

const Asked& asked(unsigned choice) {
  static const std::array<Asked, 3> all{
      Asked{intake::make_papertrail_search({}), *webhooks::make_decoder("papertrail", {})},
      Asked{intake::make_loki_search({}), *webhooks::make_decoder("loki", {})},
      Asked{intake::make_cloudwatch_search({}), *webhooks::make_decoder("firehose", {})}};
  return all.at(choice % 3);
}

}  // namespace

/// The first byte chooses the provider, the second a token that was given before.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string body(reinterpret_cast<const char*>(data) + 2, size - 2);  // NOLINT: bytes are bytes
  const auto& [search, decoder] = asked(data[0]);
  intake::Place place;
  place.span = {from_micros(1'000'000), from_micros(4'000'000'000'000'000), false};
  place.from = place.span.since;
  place.most = 10;
  if (data[1] % 2 == 1) place.token = "5";
  if (search->refusal({500, {}, body}).message.empty()) broken("a refusal says why");
  const auto found = search->read(place, body);
  if (!found) {
    if (found.error().message.empty()) broken("what can't be read says why");
    return 0;
  }
  if (found->next.from < place.from || found->next.from > place.span.until) broken("it stays within its span");
  if (found->next.most < place.most) broken("it asks for no less than before");
  if (!intake::read_backfill_mark(intake::to_text(intake::BackfillMark{found->next, found->last})))
    broken("a mark can be read again");
  if (found->body.empty()) return 0;
  app::Delivery delivery;
  delivery.content_type = "application/json";
  delivery.body = found->body;
  if (const auto decoded = decoder->decode(delivery); !decoded && decoded.error().message.empty())
    broken("a refusal says why");
  return 0;
}
