// Okta's one-time verification of an event hook (developer.okta.com, "Event hooks", "One-time verification request"):
// a GET whose header comes back as JSON. It tells nothing of us, so that anybody may ask. Pure.
#pragma once

#include "app/decoder.hpp"
#include "base/result.hpp"

namespace countersign::webhooks {

bool is_okta_challenge(const app::Delivery& head);

/// Precondition: is_okta_challenge(). Fault::invalid where the header is longer than any of Okta's.
Result<app::Decoded> answer_okta_challenge(const app::Delivery& head);

}  // namespace countersign::webhooks
