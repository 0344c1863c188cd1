#include "store/lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace countersign::store {
namespace {

std::string reason(int code) {
  return std::error_code(code, std::generic_category()).message();
}

/// The pid a holder wrote, or "unknown": it may be about to.
std::string holder(int file) {
  std::array<char, 20> text{};
  const auto length = ::pread(file, text.data(), text.size(), 0);
  std::string pid;
  for (ssize_t i = 0;
       i < length && text.at(static_cast<std::size_t>(i)) >= '0' && text.at(static_cast<std::size_t>(i)) <= '9'; ++i)
    pid += text.at(static_cast<std::size_t>(i));
  return pid.empty() ? "unknown" : pid;
}

}  // namespace

Result<Lock> Lock::take(const std::string& database) {
  const auto path = database + ".lock";
  Lock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
  if (lock.file_ < 0) return fail(Fault::unavailable, "{}: {}", path, reason(errno));
  if (::flock(lock.file_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail(Fault::unavailable, "{}: {}", path, reason(errno));
    return fail(Fault::conflict, "{}: another countersign (pid {}) has it open; use --server to go through it",
                database, holder(lock.file_));
  }
  const auto pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(lock.file_, 0) != 0 || ::pwrite(lock.file_, pid.data(), pid.size(), 0) < 0)
    return fail(Fault::unavailable, "{}: {}", path, reason(errno));
  return lock;
}

Lock::~Lock() {
  if (file_ >= 0) ::close(file_);  // the file stays: removing it would let two processes lock two files of one name
}

}  // namespace countersign::store
