// Bytes that must not be printed, logged or compared byte by byte. Wiped when it goes; copies are explicit.
// Not shared between threads without a const.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace countersign {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  [[nodiscard]] bool empty() const { return value_.empty(); }
  /// The one way to the bytes: for a header about to be sent or a key about to sign.
  [[nodiscard]] std::string_view reveal() const { return value_; }
  /// In time that depends on the lengths alone. An empty secret is none: nothing equals it.
  [[nodiscard]] bool equals(std::string_view offered) const;

 private:
  void wipe();
  std::string value_;
};

}  // namespace countersign
