// The header of a syslog line: RFC 3164 with or without PRI and year, RFC 5424, or an ISO 8601 stamp, as files and
// relays have them. Pure; the views point into the line.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.hpp"
#include "core/zone.hpp"

namespace countersign::core {

struct SyslogLine {
  std::string_view stamp;    // as written; empty: none
  bool exact_stamp = false;  // has its year and zone: nothing is left to guess
  std::string_view host;     // empty: unknown, as are program and pid
  std::string_view program;
  std::string_view pid;
  std::string_view message;  // everything after the header's last blank, untrimmed
};

/// nullopt where the line has no header.
std::optional<SyslogLine> read_syslog(std::string_view line);

/// The time a stamp means. Without a zone it is `zone`'s; without a year, of the newest year in which it is no more
/// than 24 h after `now`. nullopt where it is no time (February 30th).
std::optional<Timestamp> read_stamp(std::string_view stamp, const Zone& zone, Timestamp now);

}  // namespace countersign::core
