// An agent's batch, read from its body (deploy/agents-protocol.md). Pure; bounded in depth, number and size.
#pragma once

#include <string_view>

#include "app/agent_batch.hpp"
#include "app/agent_roster.hpp"
#include "base/result.hpp"

namespace countersign::web {

inline constexpr std::size_t most_sightings = 1000;

/// Sightings that can't be read are in `unreadable`, with their reason. Fault::invalid where the batch itself can't be,
/// Fault::too_large where it has more than most_sightings.
Result<app::AgentBatch> read_agent_batch(std::string_view body);

/// The body of POST /agents/v1/join. Fault::invalid where it can't be one.
Result<app::JoinRequest> read_join_request(std::string_view body);

}  // namespace countersign::web
