// The end of a lane where lines are taken: read in order, released, or dropped for their number.
#include <algorithm>
#include <filesystem>

#include "agent/spool/lane.hpp"

namespace countersign::agent {
namespace {

/// True while a bound allows this line too; the place of the line before always goes with it.
bool fits(const Line& line, Bounds& bounds, Taken& taken) {
  const bool first = taken.lines.empty();
  if (line.kind != Kind::place && !first && (bounds.lines == 0 || bounds.bytes < line.text.size())) {
    taken.more = true;
  } else if (line.at > bounds.until) {
    taken.more = true;
  } else {
    if (line.kind == Kind::place) return true;
    bounds.lines -= bounds.lines > 0 ? 1 : 0;
    bounds.bytes -= std::min(bounds.bytes, line.text.size());
    return true;
  }
  taken.next_at = line.at;
  return false;
}

}  // namespace

/// A line that rotted on the disk was one sighting, as far as can be known.
Line Lane::read_as(std::string_view text) const {
  if (auto line = parse_line(text)) return std::move(*line);
  return {{}, Kind::lost, to_text(Loss{options_.detail ? 0 : 1, options_.detail ? 1 : 0, "the spool was damaged"})};
}

/// False when a bound was met.
bool Lane::take_segment(const Segment& segment, Bounds& bounds, Taken& taken) const {
  const std::size_t from = segment.number == taken.next.segment ? taken.next.offset : 0;
  taken.next = {segment.number, from};
  if (from >= segment.bytes) return true;
  const auto file = File::open(path_of(segment.number));
  const auto text = file ? file->read(from, segment.bytes - from) : std::unexpected(file.error());
  if (!text) {
    const Loss unread{options_.detail ? 0 : 1, options_.detail ? 1 : 0, text.error().message};
    taken.lines.push_back({{}, Kind::lost, to_text(unread)});
    taken.next.offset = segment.bytes;
    return true;
  }
  bool full = false;
  for_each_line(*text, 0, [&](std::string_view raw, std::size_t end) {
    auto line = read_as(raw);
    full = !fits(line, bounds, taken);
    if (full) return false;
    const bool whole = line.kind == Kind::dropped;  // what may follow is the rest of what it stands for
    taken.lines.push_back(std::move(line));
    taken.next.offset = whole ? segment.bytes : from + end;
    return !whole;
  });
  return !full;
}

Taken Lane::read(Bounds bounds) const {
  Taken taken;
  taken.next = from_;
  for (const auto& segment : segments_)
    if (!take_segment(segment, bounds, taken)) return taken;
  for (const auto& line : waiting_) {
    if (!fits(line, bounds, taken)) break;
    taken.lines.push_back(line);
    ++taken.waiting;
  }
  return taken;
}

void Lane::release(const Taken& taken) {
  for (std::size_t i = 0; i < taken.waiting && !waiting_.empty(); ++i) {
    waiting_bytes_ -= waiting_.front().text.size();
    waiting_.pop_front();
  }
  from_ = taken.next;
  const auto spent = [&](const Segment& segment) {
    return segment.number < from_.segment || (segment.number == from_.segment && from_.offset >= segment.bytes);
  };
  while (segments_.size() > 1 && spent(segments_.front())) {
    std::error_code ignored;
    std::filesystem::remove(path_of(segments_.front().number), ignored);
    segments_.pop_front();
  }
  if (!segments_.empty() && segments_.front().number > from_.segment) from_ = {segments_.front().number, 0};
}

bool Lane::drop_oldest() {
  const auto oldest = std::ranges::find_if(segments_, [](const Segment& segment) { return !segment.dropped; });
  if (oldest == segments_.end() || oldest + 1 == segments_.end()) return false;
  const auto index = static_cast<std::size_t>(oldest - segments_.begin());
  Taken all;
  all.next = from_;
  Bounds none;
  take_segment(*oldest, none, all);
  Loss loss;
  Line stands{{}, Kind::dropped, ""};
  const auto count = [&](const std::vector<Line>& lines) {
    for (const auto& line : lines) {
      stands.at = std::max(stands.at, line.at);
      if (line.kind == Kind::sighting) (options_.detail ? loss.detail : loss.logins) += 1;
      if (line.kind == Kind::lost || line.kind == Kind::dropped) loss.add(parse_loss(line.text).value_or(Loss{}));
    }
  };
  count(all.lines);
  if (index > 0) {  // the one before was dropped too: one line counts both
    Taken before;
    take_segment(segments_[index - 1], none, before);
    count(before.lines);
  }
  loss.add({0, 0, "the spool was full"});
  stands.text = to_text(loss);
  const auto text = to_text(stands);
  auto file = File::open(path_of(oldest->number));
  // In place, so that a full disk allows it; what a crash leaves behind this line is not read any more.
  auto written = file ? file->write(0, text) : std::unexpected(file.error());
  if (written) written = file->sync();
  if (written) written = file->cut(text.size());
  if (!written) {
    trouble_ = written.error().message;
    return false;
  }
  oldest->bytes = text.size();
  oldest->dropped = true;
  if (oldest->number == from_.segment) from_.offset = 0;
  if (index > 0) {
    std::error_code ignored;
    std::filesystem::remove(path_of(segments_[index - 1].number), ignored);
    segments_.erase(segments_.begin() + static_cast<std::ptrdiff_t>(index) - 1);
    from_ = {segments_.front().number, 0};
  }
  return true;
}

bool Lane::empty() const {
  if (!waiting_.empty()) return false;
  for (const auto& segment : segments_)
    if (segment.number > from_.segment ? segment.bytes > 0
                                       : segment.number == from_.segment && from_.offset < segment.bytes)
      return false;
  return true;
}

std::size_t Lane::bytes() const {
  std::size_t total = 0;
  for (const auto& segment : segments_)
    total += segment.bytes;
  return total;
}

}  // namespace countersign::agent
