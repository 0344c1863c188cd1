#include "intake/file_feed.hpp"

#include <fmt/format.h>

#include <charconv>
#include <functional>

#include "core/syslog.hpp"

namespace countersign::intake {
namespace {

core::Record record_of(const Line& line, const std::string& host, const core::Zone& zone, Timestamp now) {
  core::Record record;
  record.received_at = now;
  record.host = host;
  // The place alone is no id: an inode is used again. With the line it is.
  record.provider_id = fmt::format("{}:{:016x}", to_text(line.at), std::hash<std::string_view>{}(line.text));
  const auto read = core::read_syslog(line.text);
  if (!read) {
    record.message = line.text;
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

}  // namespace

FileFeed::FileFeed(std::string path, const std::string& mark, bool from_start, std::string host, core::Zone zone)
    : reader_(std::move(path), parse_position(mark), from_start), host_(std::move(host)), zone_(std::move(zone)) {}

Result<Chunk> FileFeed::next(Timestamp now) {
  const auto lines = reader_.next();
  if (!lines) return std::unexpected(lines.error());
  next_ = lines->next;
  Chunk chunk{{}, to_text(next_), lines->more};
  for (const auto& line : lines->lines)
    chunk.records.push_back(record_of(line, host_, zone_, now));
  return chunk;
}

}  // namespace countersign::intake
