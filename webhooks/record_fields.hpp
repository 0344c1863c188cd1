// Which JSON fields a record is read from, by their names in order of preference (contract, "Generic JSON"), and the
// numbers and times in them. Pure.
#pragma once

#include <simdjson.h>

#include <optional>
#include <span>
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

/// What is left to do once a record has its line and whatever its sender said beside it: the line's end goes, and a
/// syslog header is read where nothing said contradicts it.
void finish_record(const core::Zone& zone, Timestamp arrival, core::Record& record);
/// A line of which nothing is said beside it.
core::Record line_record(std::string_view line, const core::Zone& zone, Timestamp arrival);

/// The digits of an integer, or the content of a string, as `text`; empty for anything else.
simdjson::error_code text_of(simdjson::ondemand::value value, std::string& text);

/// One object as a record; a message that has a syslog header is read as one. An object that names no program is kept
/// in the record, and one without a line is the message itself, for rules that read JSON. `why` where it is empty.
simdjson::error_code read_record(simdjson::ondemand::object object, const core::Zone& zone, Timestamp arrival,
                                 core::Record& record, std::string& why);

/// Fields that are no JSON, a name beside its value.
using NamedTexts = std::span<const std::pair<std::string, std::string>>;

/// Whether a record is read from fields of that name; none is longer than kLongestFieldName.
bool names_field(std::string_view name);
inline constexpr std::size_t kLongestFieldName = 32;

/// The same of named texts: the record's own, then those said once for many; of one name the first counts. `why` where
/// none of them is a line.
void read_fields(NamedTexts own, NamedTexts shared, const core::Zone& zone, Timestamp arrival, core::Record& record,
                 std::string& why);

/// One value alone as a record. False with `why` where it is broken, empty or no object.
bool read_object(simdjson::ondemand::parser& parser, simdjson::padded_string_view raw, const core::Zone& zone,
                 Timestamp arrival, core::Record& record, std::string& why);

}  // namespace countersign::webhooks
