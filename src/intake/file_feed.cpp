#include "intake/file_feed.hpp"

#include <fmt/format.h>

#include <functional>

#include "intake/line_record.hpp"

namespace countersign::intake {
namespace {

core::Record record_of(const Line& line, const std::string& host, const core::Zone& zone, Timestamp now) {
  auto record = record_of_line(line.text, host, zone, now);
  // The place alone is no id: an inode is used again. With the line it is.
  record.provider_id = fmt::format("{}:{}:{:016x}", line.inode, line.offset, std::hash<std::string_view>{}(line.text));
  return record;
}

}  // namespace

FileFeed::FileFeed(std::string path, const std::string& mark, bool from_start, std::string host, core::Zone zone)
    : reader_(std::move(path), parse_position(mark), from_start), host_(std::move(host)), zone_(std::move(zone)) {}

Result<Chunk> FileFeed::next(Timestamp now) {
  const auto lines = reader_.next();
  if (!lines) return std::unexpected(lines.error());
  next_ = lines->next;
  Chunk chunk{{}, to_text(next_), lines->more, 0, lines->lost};
  for (const auto& line : lines->lines) {
    chunk.records.push_back(record_of(line, host_, zone_, now));
    chunk.cut += line.left_out > 0 ? 1 : 0;
  }
  return chunk;
}

}  // namespace countersign::intake
