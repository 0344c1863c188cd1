// A log file that is read by place: plain, or gzip as logrotate leaves it (then places count what comes out of it).
// Keeps its file open: renamed or removed, it is read to its end. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/result.hpp"

namespace countersign::intake {

class LogFile {
 public:
  /// Fault::not_found where there is none, else Fault::unavailable.
  static Result<std::unique_ptr<LogFile>> open(const std::string& path);
  virtual ~LogFile() = default;
  LogFile() = default;
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  /// As many bytes from `offset` as there are and fit. Fault::invalid where a compressed file is damaged there,
  /// Fault::overloaded where it must be unpacked further before that place is reached: call again.
  virtual Result<std::size_t> read(std::uint64_t offset, std::span<char> into) = 0;
  /// Whether it has become shorter than that.
  [[nodiscard]] virtual bool shorter_than(std::uint64_t offset) const = 0;
  /// Compressed: nobody writes to it any more, and going back in it is dear.
  [[nodiscard]] virtual bool sealed() const = 0;
  [[nodiscard]] virtual std::uint64_t inode() const = 0;
  [[nodiscard]] const std::string& path() const { return path_; }  // as it was when it was opened

 private:
  std::string path_;
};

}  // namespace countersign::intake
