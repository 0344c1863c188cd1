#include "agent/spool/lane.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>

namespace countersign::agent {
namespace {

constexpr std::string_view suffix = ".lines";

std::uint64_t number_of(const std::string& name) {
  std::uint64_t number = 0;
  if (!name.ends_with(suffix)) return 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  return error == std::errc{} && end == name.data() + name.size() - suffix.size() ? number : 0;
}

}  // namespace

std::string Lane::path_of(std::uint64_t number) const {
  return fmt::format("{}/{:012}{}", folder_, number, suffix);
}

Result<Lane> Lane::open(std::string folder, Position from, LaneOptions options) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(Fault::unavailable, "can't make {}: {}", folder, error.message());
  Lane lane(std::move(folder), from, options);
  if (auto recovered = lane.recover(); !recovered) return std::unexpected(recovered.error());
  return lane;
}

Result<void> Lane::recover() {
  std::error_code error;
  std::vector<std::uint64_t> numbers;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error))
    if (const auto number = number_of(entry.path().filename().string())) numbers.push_back(number);
  if (error) return fail(Fault::unavailable, "can't list {}: {}", folder_, error.message());
  std::ranges::sort(numbers);
  for (const auto number : numbers) {
    if (number < from_.segment) {
      std::filesystem::remove(path_of(number), error);
      continue;
    }
    Segment segment{.number = number};
    if (auto read = recover_segment(segment, number == numbers.back()); !read) return read;
    segments_.push_back(segment);
  }
  // A segment that is gone was released or dropped: reading goes on behind it. A dropped one is read from its head.
  if (!segments_.empty() && segments_.front().number != from_.segment) from_ = {segments_.front().number, 0};
  if (!segments_.empty() && segments_.front().dropped) from_.offset = 0;
  return {};
}

Result<void> Lane::recover_segment(Segment& segment, bool last) {
  auto file = File::open(path_of(segment.number));
  if (!file) return std::unexpected(file.error());
  const auto size = file->size();
  if (!size) return std::unexpected(size.error());
  const auto text = file->read(0, *size);
  if (!text) return std::unexpected(text.error());
  segment.bytes = for_each_line(*text, 0, [&](std::string_view raw, std::size_t end) {
    const auto line = parse_line(raw);
    if (line && line->kind == Kind::place) {
      last_place_ = line->text;
      place_end_ = Position{segment.number, end};
    }
    if (line && line->kind == Kind::dropped) segment.dropped = true;
    return true;
  });
  if (last && segment.bytes < *size) return file->cut(segment.bytes);
  return {};
}

Result<void> Lane::cut_to_place() {
  const auto keep = place_end_.value_or(from_);
  while (!segments_.empty() && segments_.back().number > keep.segment) {
    std::error_code ignored;
    std::filesystem::remove(path_of(segments_.back().number), ignored);
    segments_.pop_back();
  }
  if (segments_.empty() || segments_.back().number != keep.segment || segments_.back().dropped) return {};
  auto file = File::open(path_of(keep.segment));
  if (!file) return std::unexpected(file.error());
  segments_.back().bytes = std::min<std::size_t>(segments_.back().bytes, keep.offset);
  return file->cut(segments_.back().bytes);
}

/// A new file, its name durable before anything relies on it.
Result<void> Lane::start_segment() {
  // Never a number that was used: a place in the old file would point into the new one.
  const auto number = (segments_.empty() ? from_.segment : segments_.back().number) + 1;
  auto file = File::open(path_of(number));
  if (!file) return std::unexpected(file.error());
  if (auto synced = sync_folder(folder_); !synced) return synced;
  if (segments_.empty()) from_ = {number, 0};
  segments_.push_back({.number = number});
  writing_ = std::move(*file);
  return writing_->cut(0);
}

Result<void> Lane::write(std::string_view text) {
  if (segments_.empty() || segments_.back().dropped || segments_.back().bytes >= options_.segment_bytes) {
    if (auto started = start_segment(); !started) return started;
  } else if (!writing_) {
    auto file = File::open(path_of(segments_.back().number));
    if (!file) return std::unexpected(file.error());
    writing_ = std::move(*file);
  }
  auto& segment = segments_.back();
  auto written = writing_->write(segment.bytes, text);
  if (written) written = writing_->sync();
  if (!written) {
    (void)writing_->cut(segment.bytes);  // what is torn has no line end or a wrong checksum anyhow
    return written;
  }
  segment.bytes += text.size();
  return {};
}

void Lane::wait(Line line) {
  waiting_bytes_ += line.text.size();
  waiting_.push_back(std::move(line));
  while (waiting_bytes_ > options_.waiting_bytes && waiting_.size() > 1) {
    // The oldest lines become one that counts them, at the time of the newest it stands for.
    auto gone = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= gone.text.size();
    Loss loss = parse_loss(gone.kind == Kind::lost ? gone.text : "").value_or(Loss{});
    auto& next = waiting_.front();
    waiting_bytes_ -= next.text.size();
    if (gone.kind == Kind::sighting) (options_.detail ? loss.detail : loss.logins) += 1;
    if (next.kind == Kind::lost)
      loss.add(*parse_loss(next.text));
    else if (next.kind == Kind::sighting)
      (options_.detail ? loss.detail : loss.logins) += 1;
    loss.add({0, 0, "the spool's disk is full"});
    next = {next.at, Kind::lost, to_text(loss)};
    waiting_bytes_ += next.text.size();
  }
}

bool Lane::append_durably(std::span<const Line> lines) {
  if (lines.empty() || !flush()) return lines.empty();
  std::string text;
  for (const auto& line : lines)
    text += to_text(line);
  if (auto written = write(text); !written) {
    trouble_ = written.error().message;
    return false;
  }
  trouble_.clear();
  for (const auto& line : lines)
    if (line.kind == Kind::place) last_place_ = line.text;
  return true;
}

void Lane::append(std::span<const Line> lines) {
  if (append_durably(lines)) return;
  for (const auto& line : lines)
    wait(line);
}

bool Lane::flush() {
  if (waiting_.empty()) return true;
  std::string text;
  for (const auto& line : waiting_)
    text += to_text(line);
  if (auto written = write(text); !written) {
    trouble_ = written.error().message;
    return false;
  }
  waiting_.clear();
  waiting_bytes_ = 0;
  trouble_.clear();
  return true;
}

}  // namespace countersign::agent
