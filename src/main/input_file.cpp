#include "main/input_file.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

namespace countersign::cli {
namespace {

constexpr std::size_t unpacked_at_once = 256 * 1024;

bool is_gzip(int descriptor) {
  std::array<unsigned char, 2> first{};
  return ::pread(descriptor, first.data(), first.size(), 0) == 2 && first[0] == 0x1f && first[1] == 0x8b;
}

/// Unpacks `packed` into `out`, which it closes, until either ends. Whether the file was whole.
bool unpack(int packed, int out) {
  bool whole = false;
  const gzFile file = ::gzdopen(::dup(packed), "rb");
  std::vector<char> buffer(unpacked_at_once);
  while (file != nullptr) {
    const auto got = ::gzread(file, buffer.data(), static_cast<unsigned>(buffer.size()));
    if (got <= 0) {
      int error = Z_OK;
      ::gzerror(file, &error);
      whole = got == 0 && error == Z_OK;
      break;
    }
    std::size_t sent = 0;
    while (sent < static_cast<std::size_t>(got)) {
      const auto n = ::send(out, buffer.data() + sent, static_cast<std::size_t>(got) - sent, MSG_NOSIGNAL);
      if (n <= 0) break;
      sent += static_cast<std::size_t>(n);
    }
    if (sent < static_cast<std::size_t>(got)) break;  // nobody reads on
  }
  if (file != nullptr) ::gzclose(file);
  ::close(out);
  return whole;
}

}  // namespace

struct InputFile::Opened {
  int file = -1, lines = -1;  // the same where it isn't compressed
  std::uint64_t size = 0;
  std::atomic<bool> damaged = false;
  std::string name;
  std::jthread unpacking;

  Opened() = default;
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  ~Opened() {
    if (lines != file && lines >= 0) ::close(lines);  // ends the unpacking too
    if (unpacking.joinable()) unpacking.join();
    if (file > STDERR_FILENO) ::close(file);
  }
};

Result<InputFile> InputFile::open(const std::string& file) {
  auto opened = std::make_unique<Opened>();
  opened->name = file;
  opened->file = file == "-" ? STDIN_FILENO : ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (opened->file < 0) return fail(Fault::not_found, "can't read {}: {}", file, std::strerror(errno));
  struct stat status{};
  if (::fstat(opened->file, &status) == 0 && S_ISREG(status.st_mode))
    opened->size = static_cast<std::uint64_t>(status.st_size);
  opened->lines = opened->file;
  if (opened->size == 0 || !is_gzip(opened->file)) return InputFile(std::move(opened));
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return fail(Fault::unavailable, "can't read {}: {}", file, std::strerror(errno));
  opened->lines = ends[0];
  opened->unpacking = std::jthread([from = opened.get(), out = ends[1]] {
    if (!unpack(from->file, out)) from->damaged = true;
  });
  return InputFile(std::move(opened));
}

InputFile::InputFile(std::unique_ptr<Opened> opened) : opened_(std::move(opened)) {}
InputFile::InputFile(InputFile&&) noexcept = default;
InputFile::~InputFile() = default;

const std::string& InputFile::name() const {
  return opened_->name;
}

int InputFile::descriptor() const {
  return opened_->lines;
}

std::uint64_t InputFile::position() const {
  const auto at = opened_->size == 0 ? 0 : ::lseek(opened_->file, 0, SEEK_CUR);
  return at < 0 ? 0 : static_cast<std::uint64_t>(at);
}

std::uint64_t InputFile::size() const {
  return opened_->size;
}

Result<void> InputFile::finished() const {
  if (opened_->unpacking.joinable()) opened_->unpacking.join();
  if (opened_->damaged) return fail(Fault::invalid, "{} is damaged or cut: its last lines are missing", opened_->name);
  return {};
}

}  // namespace countersign::cli
