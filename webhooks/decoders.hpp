// Every provider's decoder by the name the configuration gives it.
#pragma once

#include <memory>
#include <string_view>

#include "app/decoder.hpp"
#include "core/zone.hpp"
#include "webhooks/inflate.hpp"

namespace countersign::webhooks {

struct Options {
  core::Zone zone;  // of stamps that don't name theirs
  InflateBound bound{};
};

/// Fault::not_found names the providers there are.
Result<std::unique_ptr<app::Decoder>> make_decoder(std::string_view provider, const Options& options);

}  // namespace countersign::webhooks
