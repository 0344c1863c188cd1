#include "base/secret.hpp"

#include <string.h>

namespace countersign {

Secret::Secret(Secret&& other) noexcept : value_(std::move(other.value_)) {
  other.wipe();
}

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe();  // before the old buffer is given back
    value_ = other.value_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    value_ = std::move(other.value_);
    other.wipe();  // a short string is copied, not moved
  }
  return *this;
}

Secret::~Secret() {
  wipe();
}

bool Secret::equals(std::string_view offered) const {
  if (value_.empty() || offered.size() != value_.size()) return false;
  volatile unsigned char differences = 0;
  for (std::size_t i = 0; i < offered.size(); ++i)
    differences = static_cast<unsigned char>(differences | (value_[i] ^ offered[i]));
  return differences == 0;
}

void Secret::wipe() {
  value_.resize(value_.capacity());  // what an earlier, longer value left behind too
  explicit_bzero(value_.data(), value_.size());
  value_.clear();
}

}  // namespace countersign
