// Which JSON fields a record is read from, by their names in order of preference (contract, "Generic JSON"), and the
// numbers and times in them. Pure.
#pragma once

#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "core/record.hpp"
#include "core/zone.hpp"

namespace countersign::webhooks {

/// RFC 3339, or seconds, milli-, micro- or nanoseconds since 1970, told apart by magnitude; with a fraction or without,
/// read digit by digit and never through a double.
std::optional<Timestamp> read_time(std::string_view text);

std::optional<std::int64_t> read_number(std::string_view text);

/// The digits of an integer, or the content of a string, as `text`; empty for anything else.
simdjson::error_code text_of(simdjson::ondemand::value value, std::string& text);

/// One object as a record; a message that has a syslog header is read as one. Where the object has no line, `why`.
simdjson::error_code read_record(simdjson::ondemand::object object, const core::Zone& zone, Timestamp arrival,
                                 core::Record& record, std::string& why);

}  // namespace countersign::webhooks
