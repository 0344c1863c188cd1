#include "webhooks/decoders.hpp"

#include "webhooks/generic_json.hpp"
#include "webhooks/papertrail.hpp"

namespace countersign::webhooks {

Result<std::unique_ptr<app::Decoder>> make_decoder(std::string_view provider, const Options& options) {
  if (provider == "papertrail") return std::make_unique<Papertrail>(options);
  if (provider == "json") return std::make_unique<GenericJson>(options);
  return fail(Fault::not_found, "\"{}\" is no provider; known are papertrail, json", provider);
}

}  // namespace countersign::webhooks
