// A syslog line as a record. Pure.
#pragma once

#include <string>
#include <string_view>

#include "core/record.hpp"
#include "core/zone.hpp"

namespace countersign::intake {

/// `host` stands in where the line names none; a line without a header is all message. Stamps without a zone are
/// `zone`'s. The provider's id is the caller's to set.
core::Record record_of_line(std::string_view line, const std::string& host, const core::Zone& zone, Timestamp now);

}  // namespace countersign::intake
