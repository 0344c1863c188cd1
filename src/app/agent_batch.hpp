// One batch of an agent's, as it was read from its body. Passive data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/ingest.hpp"
#include "app/way_records.hpp"
#include "core/record.hpp"

namespace countersign::app {

/// What the agent says of its own attention. Without `from` and `until` it says nothing.
struct ClaimedCoverage {
  std::optional<Timestamp> from, until;
  std::int64_t lost = 0;         // records that may have told of logins
  std::int64_t lost_detail = 0;  // commands, transfers: counted, and no blindness for logins
  std::string why;
};

struct UnreadableSighting {
  std::string sample, why;
};

struct AgentBatch {
  std::string host, agent, boot, machine, version;
  std::string witness = "kernel";  // kernel, log or pam
  std::optional<bool> contains{};  // whether its host lets it end sessions; none: it doesn't say
  std::int64_t sequence = 0;
  std::optional<std::string> previous;  // lower-case hex SHA-256 of the body before; "" for the first
  ClaimedCoverage coverage;
  std::vector<PostedEvent> events;
  std::vector<core::Record> lines;  // of class log: for the rules to read
  std::vector<UnreadableSighting> unreadable;
  std::optional<std::vector<Way>> ways;  // all that are there now; none: it says nothing of them
  std::string digest;                    // SHA-256 of the body
  std::string content;                   // 16 bytes of SHA-256 over what it says, the moment of sending apart
};

}  // namespace countersign::app
