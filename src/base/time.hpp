// Points in time and spans, with the two notations the product speaks: RFC 3339 and 30s/15m/4h/2d.
// Pure functions of their arguments; the current time comes from a Clock (clock.hpp).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace countersign {

using Duration = std::chrono::microseconds;
using Timestamp = std::chrono::sys_time<Duration>;

/// "2026-11-20T01:02:03Z", with as many fraction digits (0, 3 or 6) as the value needs. UTC, RFC 3339.
std::string to_rfc3339(Timestamp at);

/// RFC 3339 section 5.6, with any number of fraction digits (cut to microseconds), 'T', 't' or a blank between
/// date and time, and "Z", "+HH:MM" or "+HHMM". A leap second reads as the second after.
Result<Timestamp> parse_rfc3339(std::string_view text);

/// Unix microseconds, the store's form of a time.
std::int64_t to_micros(Timestamp at);
Timestamp from_micros(std::int64_t micros);

/// "500ms", "30s", "15m", "4h", "2d"; 0 is allowed bare. At most ten years.
Result<Duration> parse_duration(std::string_view text);
/// The shortest exact notation parse_duration reads: "90s", "4h". Less than a millisecond is cut.
std::string to_text(Duration span);

}  // namespace countersign
