// What a stream keeps beside its pending batch: whose it is, how far it came and where its lanes go on. One line of
// JSON. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/spool/lane.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace countersign::agent {

struct Head {
  std::string agent_id, place;
  std::uint64_t sequence = 0;
  std::optional<Timestamp> until;
  Position logins, detail;
};

std::string to_text(const Head& head);
/// An empty text is a stream's beginning. Fault::internal where it can't be read.
Result<Head> parse_head(std::string_view text);

}  // namespace countersign::agent
