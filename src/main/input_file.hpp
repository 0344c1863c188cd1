// A file that lines are read from: "-" is standard input, and one in gzip is unpacked on the way, as a stream. One
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"

namespace countersign::cli {

class InputFile {
 public:
  /// Fault::not_found or Fault::unavailable, with the name.
  static Result<InputFile> open(const std::string& file);
  InputFile(InputFile&&) noexcept;
  InputFile& operator=(InputFile&&) = delete;
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();

  [[nodiscard]] const std::string& name() const;
  /// What its lines are read from.
  [[nodiscard]] int descriptor() const;
  /// How much of the file, as it lies on the disk, has been read, and its size; 0 where it has none (a pipe).
  [[nodiscard]] std::uint64_t position() const;
  [[nodiscard]] std::uint64_t size() const;
  /// After its end: whether that was the file's. Fault::invalid where a compressed one is damaged or cut.
  [[nodiscard]] Result<void> finished() const;

 private:
  struct Opened;
  explicit InputFile(std::unique_ptr<Opened> opened);
  std::unique_ptr<Opened> opened_;
};

}  // namespace countersign::cli
