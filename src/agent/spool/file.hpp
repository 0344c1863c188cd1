// One open file of the spool: whole reads and writes at a place, and what the disk said. Owns the descriptor; one
// thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace countersign::agent {

class File {
 public:
  /// Opens for reading and writing, made if missing, mode 0600. Fault::unavailable says why not.
  static Result<File> open(const std::string& path);
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  ~File();

  /// Every byte or Fault::unavailable; what was written of it may be there.
  Result<void> write(std::uint64_t offset, std::string_view bytes);
  /// At most `length` bytes; fewer at the end.
  [[nodiscard]] Result<std::string> read(std::uint64_t offset, std::size_t length) const;
  Result<void> cut(std::uint64_t length);
  Result<void> sync();
  [[nodiscard]] Result<std::uint64_t> size() const;

 private:
  File(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  [[nodiscard]] std::unexpected<Error> failed(const char* what) const;
  int descriptor_ = -1;
  std::string path_;
};

/// Makes the names in a folder durable.
Result<void> sync_folder(const std::string& path);

}  // namespace countersign::agent
