#include "intake/log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace countersign::intake {
namespace {

constexpr std::uint64_t unpacked_at_once = std::uint64_t{16} << 20;  // the loop's other work has its turn in between
constexpr unsigned unpacking_buffer = 128 * 1024;

class PlainFile final : public LogFile {
 public:
  PlainFile(int descriptor, std::uint64_t inode) : descriptor_(descriptor), inode_(inode) {}
  ~PlainFile() override { ::close(descriptor_); }
  PlainFile(const PlainFile&) = delete;
  PlainFile& operator=(const PlainFile&) = delete;

  Result<std::size_t> read(std::uint64_t offset, std::span<char> into) override {
    const auto got = ::pread(descriptor_, into.data(), into.size(), static_cast<off_t>(offset));
    if (got < 0) return fail(Fault::unavailable, "can't be read: {}", std::strerror(errno));
    return static_cast<std::size_t>(got);
  }

  [[nodiscard]] bool shorter_than(std::uint64_t offset) const override {
    struct stat status{};
    return ::fstat(descriptor_, &status) == 0 && static_cast<std::uint64_t>(status.st_size) < offset;
  }
  [[nodiscard]] bool sealed() const override { return false; }

  [[nodiscard]] std::uint64_t inode() const override { return inode_; }

 private:
  const int descriptor_;
  const std::uint64_t inode_;
};

/// Memory is bounded by zlib's window and one buffer, whatever comes out.
class GzipFile final : public LogFile {
 public:
  GzipFile(gzFile file, std::uint64_t inode) : file_(file), inode_(inode) { ::gzbuffer(file_, unpacking_buffer); }
  ~GzipFile() override { ::gzclose(file_); }
  GzipFile(const GzipFile&) = delete;
  GzipFile& operator=(const GzipFile&) = delete;

  Result<std::size_t> read(std::uint64_t offset, std::span<char> into) override {
    if (auto reached = go_to(offset); !reached) return std::unexpected(reached.error());
    std::size_t filled = 0;
    while (filled < into.size()) {
      const auto got = ::gzread(file_, into.data() + filled, static_cast<unsigned>(into.size() - filled));
      if (got <= 0) break;
      filled += static_cast<std::size_t>(got);
    }
    if (filled > 0) return filled;
    int error = Z_OK;
    ::gzerror(file_, &error);
    if (error != Z_OK) return fail(Fault::invalid, "is damaged or cut");
    return 0;
  }

  [[nodiscard]] bool shorter_than(std::uint64_t) const override { return false; }
  [[nodiscard]] bool sealed() const override { return true; }
  [[nodiscard]] std::uint64_t inode() const override { return inode_; }

 private:
  Result<void> go_to(std::uint64_t offset) {
    const auto at = static_cast<std::uint64_t>(::gztell(file_));
    if (offset == at) return {};
    const auto step = offset > at ? std::min(offset, at + unpacked_at_once) : offset;  // backwards: from the start
    if (::gzseek(file_, static_cast<z_off_t>(step), SEEK_SET) < 0) return fail(Fault::invalid, "is damaged or cut");
    if (step == offset) return {};
    std::array<char, 1> byte{};  // seeking is put off until something is read
    if (::gzread(file_, byte.data(), 1) != 1) return fail(Fault::invalid, "is damaged or shorter than it was");
    return fail(Fault::overloaded, "is being unpacked");
  }

  const gzFile file_;
  const std::uint64_t inode_;
};

}  // namespace

Result<std::unique_ptr<LogFile>> LogFile::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0)
    return fail(errno == ENOENT ? Fault::not_found : Fault::unavailable, "can't open {}: {}", path,
                std::strerror(errno));
  struct stat status{};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor);
    return fail(Fault::unavailable, "can't open {}: it is no file", path);
  }
  std::unique_ptr<LogFile> file;
  if (path.ends_with(".gz")) {
    const gzFile zipped = ::gzdopen(descriptor, "rb");
    if (zipped == nullptr) {
      ::close(descriptor);
      return fail(Fault::unavailable, "can't open {}: out of memory", path);
    }
    file = std::make_unique<GzipFile>(zipped, status.st_ino);
  } else {
    file = std::make_unique<PlainFile>(descriptor, status.st_ino);
  }
  file->path_ = path;
  return file;
}

}  // namespace countersign::intake
