#include "intake/line_record.hpp"

#include <charconv>

#include "core/syslog.hpp"

namespace countersign::intake {

core::Record record_of_line(std::string_view line, const std::string& host, const core::Zone& zone, Timestamp now) {
  core::Record record;
  record.received_at = now;
  record.host = host;
  const auto read = core::read_syslog(line);
  if (!read) {
    record.message = line;
    return record;
  }
  record.time = core::read_stamp(read->stamp, zone, now);
  if (!read->host.empty()) record.host = read->host;
  record.program = read->program;
  std::int64_t pid = 0;
  if (std::from_chars(read->pid.data(), read->pid.data() + read->pid.size(), pid).ec == std::errc{}) record.pid = pid;
  record.message = read->message;
  return record;
}

}  // namespace countersign::intake
