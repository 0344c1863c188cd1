#include "intake/file_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "intake/rotation.hpp"

namespace countersign::intake {
namespace {

constexpr std::size_t chunk_size = 256 * 1024, longest_line = 64 * 1024, at_once = 1000;

/// Where the last whole line of what is there ends: a line that is being written is read whole.
Result<std::uint64_t> end_of_lines(LogFile& file) {
  std::uint64_t offset = 0, end = 0;
  std::string buffer(chunk_size, '\0');
  while (true) {
    const auto got = file.read(offset, buffer);
    if (!got) return std::unexpected(got.error());
    if (*got == 0) return end;
    const auto newline = std::string_view(buffer).substr(0, *got).rfind('\n');
    if (newline != std::string_view::npos) end = offset + newline + 1;
    offset += *got;
  }
}

Line line_of(std::string_view text, const Position& at) {
  if (text.ends_with('\r')) text.remove_suffix(1);
  const auto kept = text.substr(0, longest_line);
  return {std::string(kept), at.inode, at.offset, text.size() - kept.size()};
}

}  // namespace

FileReader::FileReader(std::string path, std::optional<Position> from, bool from_start)
    : path_(std::move(path)), position_(std::move(from)), from_start_(from_start) {}

Result<Lines> FileReader::next() {
  Lines lines;
  if (file_ && position_ && !file_->sealed()) {
    const auto same = begins_alike(*file_, *position_);
    if (!same) return std::unexpected(same.error());
    if (!*same || file_->shorter_than(position_->offset)) file_.reset();  // truncated, or written anew
  }
  if (!file_) {
    if (auto opened = position_ ? open_standing(lines) : open_first(); !opened) return std::unexpected(opened.error());
    if (!file_) {
      lines.next = *position_;
      return lines;
    }
  }
  // Before its end is looked for: whoever writes to a newer file has written all of this one.
  const bool superseded = inode_of(path_) != file_->inode() && std::ranges::any_of(newer_files(), has_content);
  const auto done = read_lines(lines, superseded);
  if (!done) return std::unexpected(done.error());
  if (*done || (lines.lines.empty() && !lines.more && superseded))
    if (auto gone = go_to_next_file(lines); !gone) return std::unexpected(gone.error());
  return lines;
}

/// The very first time. A file that is not there yet will be all new.
Result<void> FileReader::open_first() {
  auto opened = LogFile::open(path_);
  if (!opened && opened.error().fault == Fault::not_found) {
    position_ = Position{};
    return {};
  }
  if (!opened) return std::unexpected(opened.error());
  Position at{(*opened)->inode(), 0, 0, {}};
  if (!from_start_) {
    const auto end = end_of_lines(**opened);
    if (!end) return std::unexpected(end.error());
    at.offset = *end;
  }
  auto whole = with_head(**opened, at);
  if (!whole) return std::unexpected(whole.error());
  position_ = *std::move(whole);
  file_ = *std::move(opened);
  return {};
}

/// The file we stood in, wherever it is now: by its inode, then by its beginning; else the one of that name, anew.
Result<void> FileReader::open_standing(Lines& lines) {
  std::vector<std::string> places{path_};
  std::ranges::copy(rotated_files(path_), std::back_inserter(places));
  for (const bool same_inode : {true, false}) {
    if (!same_inode && position_->head_size == 0) break;
    for (const auto& place : places) {
      const auto opened = open_if_alike(place, same_inode);
      if (!opened) return std::unexpected(opened.error());
      if (*opened) return {};
    }
    if (!same_inode || position_->head_size == 0) continue;
    if (const auto place = file_of_inode(path_, position_->inode)) {
      const auto opened = open_if_alike(*place, true);
      if (!opened) return std::unexpected(opened.error());
      if (*opened) return {};
    }
  }
  const bool stood = position_->inode != 0;
  if (auto opened = open_anew(path_); !opened) return opened;
  if (file_ && stood)
    lines.lost = fmt::format(
        "the file it had read was truncated or is gone; what was in it after byte {} is lost, if "
        "there was anything",
        position_->offset);
  if (file_) position_ = Position{file_->inode(), 0, 0, {}};
  return {};
}

Result<bool> FileReader::open_if_alike(const std::string& path, bool same_inode) {
  if (same_inode && inode_of(path) != position_->inode) return false;
  auto opened = LogFile::open(path);
  if (!opened && (opened.error().fault == Fault::not_found || path != path_)) return false;
  if (!opened) return std::unexpected(opened.error());
  if ((*opened)->shorter_than(position_->offset)) return false;
  const auto alike = begins_alike(**opened, *position_);
  if (!alike || !*alike) return false;
  position_->inode = (*opened)->inode();
  file_ = *std::move(opened);
  searched_ = 0;
  return true;
}

Result<void> FileReader::open_anew(const std::string& path) {
  file_.reset();
  searched_ = 0;
  auto opened = LogFile::open(path);
  if (!opened && opened.error().fault == Fault::not_found) return {};
  if (!opened) return std::unexpected(opened.error());
  file_ = *std::move(opened);
  return {};
}

Result<bool> FileReader::read_lines(Lines& lines, bool superseded) {
  std::string buffer(chunk_size, '\0');
  lines.next = *position_;
  const auto got = file_->read(position_->offset, buffer);
  if (!got && got.error().fault == Fault::overloaded) {
    lines.more = true;
    return false;
  }
  if (!got && got.error().fault == Fault::invalid) {  // what can't be read must not stop what can
    lines.lost = fmt::format("{} {}; what was in it after byte {} is lost", file_->path(), got.error().message,
                             position_->offset);
    return true;
  }
  if (!got) return fail(got.error().fault, "{} {}", file_->path(), got.error().message);
  buffer.resize(*got);

  std::size_t begin = 0;
  while (begin < buffer.size() && lines.lines.size() < at_once) {
    auto end = buffer.find('\n', begin);
    if (end == std::string::npos) {
      if (buffer.size() == chunk_size || !superseded) break;  // read whole later
      end = buffer.size();
    }
    lines.lines.push_back(line_of(std::string_view(buffer).substr(begin, end - begin), lines.next));
    begin = std::min(end + 1, buffer.size());
    lines.next.offset = position_->offset + begin;
  }
  lines.more = lines.lines.size() == at_once || buffer.size() == chunk_size;
  if (begin == 0 && buffer.size() == chunk_size)
    if (auto read = read_long_line(lines, buffer, superseded); !read) return std::unexpected(read.error());
  auto next = with_head(*file_, lines.next);
  if (!next) return fail(next.error().fault, "{} {}", file_->path(), next.error().message);
  lines.next = *std::move(next);
  return false;
}

Result<void> FileReader::read_long_line(Lines& lines, std::string_view beginning, bool superseded) {
  constexpr int chunks_at_once = 64;
  auto at = std::max(searched_, position_->offset + beginning.size());
  std::string buffer(chunk_size, '\0');
  for (int i = 0; i < chunks_at_once; ++i) {
    const auto got = file_->read(at, buffer);
    if (!got) return fail(got.error().fault, "{} {}", file_->path(), got.error().message);
    const auto newline = std::string_view(buffer).substr(0, *got).find('\n');
    const bool ends = newline != std::string_view::npos;
    if (*got == 0 && !superseded) break;  // being written
    if (ends || *got == 0) {
      const auto end = at + (ends ? newline : 0);
      auto line = line_of(beginning, *position_);
      line.left_out = end - position_->offset - line.text.size();
      lines.lines.push_back(std::move(line));
      lines.next.offset = end + (ends ? 1 : 0);
      return {};
    }
    at += *got;
    lines.more = *got == buffer.size();
  }
  searched_ = at;
  return {};
}

std::vector<std::string>::const_iterator FileReader::find_ours(const std::vector<std::string>& rotated) const {
  const auto ours = std::ranges::find_if(rotated, [&](const auto& path) { return inode_of(path) == file_->inode(); });
  if (ours != rotated.end() || position_->head_size == 0) return ours;
  return std::ranges::find_if(rotated, [&](const auto& path) {  // compressed meanwhile
    const auto other = LogFile::open(path);
    return other && begins_alike(**other, *position_).value_or(false);
  });
}

/// The files that were begun after ours, oldest first; the one of that name is the last. Ours unknown among them:
/// that one alone.
std::vector<std::string> FileReader::newer_files() const {
  const auto rotated = rotated_files(path_);
  std::vector<std::string> newer{path_};
  if (const auto ours = find_ours(rotated); ours != rotated.end()) newer.insert(newer.end(), rotated.begin(), ours);
  std::ranges::reverse(newer);
  return newer;
}

Result<void> FileReader::go_to_next_file(Lines& lines) {
  const auto newer = newer_files();
  if (auto opened = open_anew(newer.front()); !opened) return opened;
  if (!file_) return {};  // renamed meanwhile: found at the next look
  position_ = Position{file_->inode(), 0, 0, {}};
  lines.next = *position_;
  lines.more = true;
  return {};
}

}  // namespace countersign::intake
