#include "intake/file_reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

namespace countersign::intake {
namespace {

constexpr std::size_t chunk_size = 256 * 1024, longest_line = 64 * 1024, at_once = 1000;

std::optional<std::uint64_t> inode_of(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return status.st_ino;
}

}  // namespace

std::string to_text(const Position& position) {
  return fmt::format("{}:{}", position.inode, position.offset);
}

std::optional<Position> parse_position(std::string_view text) {
  Position position;
  const auto* const end = text.data() + text.size();
  const auto inode = std::from_chars(text.data(), end, position.inode);
  if (inode.ec != std::errc{} || inode.ptr == end || *inode.ptr != ':') return std::nullopt;
  const auto offset = std::from_chars(inode.ptr + 1, end, position.offset);
  if (offset.ec != std::errc{} || offset.ptr != end) return std::nullopt;
  return position;
}

FileReader::FileReader(std::string path, std::optional<Position> from, bool from_start)
    : path_(std::move(path)), position_(from), from_start_(from_start) {}

FileReader::~FileReader() {
  close();
}

void FileReader::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

/// The file of that name; a position in another file means it was rotated and begins anew.
bool FileReader::open_current() {
  descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0) return false;
  struct stat status{};
  ::fstat(descriptor_, &status);
  const auto inode = static_cast<std::uint64_t>(status.st_ino);
  if (!position_)
    position_ = Position{inode, from_start_ ? 0 : static_cast<std::uint64_t>(status.st_size)};
  else if (position_->inode != inode)
    position_ = Position{inode, 0};
  return true;
}

/// The file we stood in, renamed while nobody read, as logrotate names it.
bool FileReader::open_left_behind() {
  const auto rotated = path_ + ".1";
  if (!position_ || inode_of(path_) == position_->inode || inode_of(rotated) != position_->inode) return false;
  descriptor_ = ::open(rotated.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  return descriptor_ >= 0;
}

/// At the end of a file that is no longer the one of that name: go on with the new one.
Result<void> FileReader::follow_rotation(Lines& lines) {
  const auto current = inode_of(path_);
  if (!current || *current == position_->inode) return {};
  close();
  if (open_current()) {
    lines.next = *position_;
    lines.more = true;
  }
  return {};
}

Result<Lines> FileReader::next() {
  Lines lines;
  if (descriptor_ < 0 && !open_left_behind() && !open_current()) {
    if (errno == ENOENT) return lines;
    return fail(Fault::unavailable, "can't open {}: {}", path_, std::strerror(errno));
  }
  struct stat status{};
  if (::fstat(descriptor_, &status) != 0) return fail(Fault::unavailable, "{}: {}", path_, std::strerror(errno));
  if (static_cast<std::uint64_t>(status.st_size) < position_->offset) position_->offset = 0;  // truncated

  std::string buffer(chunk_size, '\0');
  const auto got = ::pread(descriptor_, buffer.data(), buffer.size(), static_cast<off_t>(position_->offset));
  if (got < 0) return fail(Fault::unavailable, "can't read {}: {}", path_, std::strerror(errno));
  buffer.resize(static_cast<std::size_t>(got));

  lines.next = *position_;
  std::size_t begin = 0;
  while (lines.lines.size() < at_once) {
    auto end = buffer.find('\n', begin);
    if (end == std::string::npos) {
      if (begin > 0 || buffer.size() < chunk_size) break;
      end = buffer.size() - 1;  // a line longer than the chunk: taken in pieces, nothing is lost
    }
    std::string_view text(buffer.data() + begin, end - begin);
    if (text.ends_with('\r')) text.remove_suffix(1);
    lines.lines.push_back({std::string(text.substr(0, longest_line)), lines.next});
    begin = end + 1;
    lines.next.offset = position_->offset + begin;
  }
  lines.more = lines.lines.size() == at_once || buffer.size() == chunk_size;
  if (lines.lines.empty() && !lines.more)
    if (auto followed = follow_rotation(lines); !followed) return std::unexpected(followed.error());
  return lines;
}

}  // namespace countersign::intake
