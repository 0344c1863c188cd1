// Recoverable errors as values. An Error is returned or logged, never both; exceptions are left to start-up
// and broken invariants. Values are owned; nothing here is shared between threads.
#pragma once

#include <fmt/format.h>

#include <expected>
#include <string>
#include <utility>

namespace countersign {

/// What a caller can do about it, not where it came from.
enum class Fault {
  invalid,       // the input is wrong and will stay wrong
  unauthorized,  // no or bad proof of who asks
  forbidden,     // known, and not allowed
  not_found,
  conflict,     // something already stands: the message says what
  too_large,    // a bound was met
  overloaded,   // try again later
  unavailable,  // a peer or the disk failed: try again
  internal,     // ours
};

struct Error {
  Fault fault = Fault::internal;
  std::string message;  // for a person; says what and, where there is one, the mend; never a secret

  bool operator==(const Error&) const = default;
};

template <typename T>
using Result = std::expected<T, Error>;

/// return fail(Fault::invalid, "line {} is not …", n);
template <typename... Args>
[[nodiscard]] std::unexpected<Error> fail(Fault fault, fmt::format_string<Args...> format, Args&&... args) {
  return std::unexpected(Error{fault, fmt::format(format, std::forward<Args>(args)...)});
}

}  // namespace countersign
