// What AWS services say in JSON, whichever way it comes (EventBridge, SNS): an event with its detail, audit records
// among them, or an object that holds a line. Pure.
#pragma once

#include <string>

#include "app/decoder.hpp"
#include "webhooks/decoders.hpp"
#include "webhooks/json_values.hpp"

namespace countersign::webhooks {

/// An EventBridge event is its detail where that is an audit record of its own (CloudTrail's, Okta's System Log; then
/// with that record's id and time), else itself. `raw` is a JSON object of `text`; false with `why` where it is broken.
bool read_aws_event(const PaddedText& text, std::string_view raw, const Options& options, Timestamp arrival,
                    core::Record& record, std::string& why);

}  // namespace countersign::webhooks
