// The audit chain's links: each row's hash covers the row before it, so a change, a gap or a reordering shows.
// Shared by the store, which writes the chain, and whoever verifies it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/time.hpp"

namespace countersign::core {

struct AuditLink {
  Id id;
  Timestamp at{};
  std::string_view kind, actor, detail;
};

/// 32 bytes: SHA-256 over previous hash (empty for the first row), chain id, id, at (Unix microseconds), kind, actor
/// and detail; each with its length before it, and all numbers, as 8 bytes big-endian.
std::string link_hash(std::string_view previous, std::string_view chain, const AuditLink& link);

}  // namespace countersign::core
