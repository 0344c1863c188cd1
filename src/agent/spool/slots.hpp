// A small text kept in two files of a fixed size, written in turn and in place: a write that is torn leaves the one
// before, and none ever needs space that a full disk doesn't have. Owns the files; one thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/spool/file.hpp"

namespace countersign::agent {

class Slots {
 public:
  /// PATH.0 and PATH.1, filled up to `capacity` bytes the first time.
  static Result<Slots> open(const std::string& path, std::size_t capacity);

  /// The newest text that is whole; empty where there is none.
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::size_t room() const;
  /// Durable on return if `synced`. Fault::too_large beyond room(). After a failure the text before stands.
  Result<void> store(std::string text, bool synced);

 private:
  Slots(std::array<File, 2> files, std::size_t capacity) : files_(std::move(files)), capacity_(capacity) {}
  void recover();

  std::array<File, 2> files_;
  std::size_t capacity_;
  std::uint64_t generation_ = 0;  // of text_; the slot is its lowest bit
  std::string text_;
};

}  // namespace countersign::agent
