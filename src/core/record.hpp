// One log message as a source carried it, before any rule has read it: what every provider's decoder comes down to.
// Owns its strings; passive data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.hpp"

namespace countersign::core {

struct Record {
  std::optional<Timestamp> time;         // when the host says it happened
  std::optional<Timestamp> received_at;  // when the provider says it got it
  std::string host;
  std::string program;  // empty: unknown
  std::optional<std::int64_t> pid;
  std::string message;      // bytes as they came, without the line's end
  std::string provider_id;  // the provider's own id of this message; empty: it has none
};

}  // namespace countersign::core
