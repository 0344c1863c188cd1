// From configured webhooks to the doors the site opens. Free functions.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "main/config/config.hpp"
#include "web/webhook.hpp"

namespace countersign::cli {

/// Fault::invalid names the webhook whose provider or timezone is unknown.
Result<std::vector<web::Webhook>> make_webhooks(const Config& config);

}  // namespace countersign::cli
