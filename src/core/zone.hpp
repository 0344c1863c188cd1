// A time zone, for stamps that don't name theirs: UTC, a fixed offset, or the transitions of a TZif file (RFC 8536),
// whose bytes the caller reads. Immutable value; safe for concurrent access.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace countersign::core {

class Zone {
 public:
  Zone() = default;  // UTC

  /// "UTC", "Z", "GMT", "+02:00", "-0530". Fault::not_found for a name, which from_tzif may know.
  static Result<Zone> from_text(std::string_view text);

  /// The bytes of a compiled zone, version 2 or later (`/usr/share/zoneinfo/NAME`). Times after its last transition
  /// keep the last offset.
  static Result<Zone> from_tzif(std::string_view bytes);

  /// The UTC time of a local one. A local time that occurs twice is the earlier one; one that is skipped reads as
  /// if the clocks had not gone forward yet.
  [[nodiscard]] std::chrono::sys_seconds to_utc(std::chrono::local_seconds local) const;
  /// What its clocks show at a UTC time.
  [[nodiscard]] std::chrono::local_seconds to_local(std::chrono::sys_seconds utc) const;

 private:
  struct Transition {
    std::int64_t at;      // UTC seconds
    std::int32_t offset;  // seconds east of UTC from then on
  };
  std::int32_t first_offset_ = 0;
  std::vector<Transition> transitions_;
};

}  // namespace countersign::core
