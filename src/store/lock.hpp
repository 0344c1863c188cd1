// The lock beside the database (PATH.lock): one process has it open at a time. Held while the object lives, let go by
// the kernel when the process dies. The file holds the holder's pid, for the message that refuses a second one.
#pragma once

#include <string>
#include <utility>

#include "base/result.hpp"

namespace countersign::store {

class Lock {
 public:
  /// Fault::conflict names the holder's pid.
  static Result<Lock> take(const std::string& database);

  Lock(Lock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  Lock& operator=(Lock&&) = delete;
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock();

 private:
  explicit Lock(int file) : file_(file) {}
  int file_;
};

}  // namespace countersign::store
