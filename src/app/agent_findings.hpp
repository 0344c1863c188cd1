// What agents can be found out in, each as a finding of the security team's. Called on the store's writer.
#pragma once

#include <string>
#include <string_view>

#include "app/agent_records.hpp"
#include "app/finding.hpp"

namespace countersign::app {

/// A batch's number came again with other content: two agents use one key, or somebody forges its batches.
Result<Id> find_conflict(Ledger& ledger, const Policy& policy, const AgentStream& stream, std::int64_t sequence,
                         Timestamp now);

/// A batch names another one before it than the one that came.
Result<Id> find_broken_chain(Ledger& ledger, const Policy& policy, const AgentStream& stream, std::int64_t sequence,
                             Timestamp now);

/// One agent or machine in two places. `elsewhere` says where else it is, in words.
Result<Id> find_clone(Ledger& ledger, const Policy& policy, const Agent& agent, std::string_view elsewhere,
                      Timestamp now);

/// A second agent wants to speak, or speaks, for a host that has a living one.
Result<Id> find_second_agent(Ledger& ledger, const Policy& policy, std::string_view host, std::string_view what,
                             Timestamp now);

}  // namespace countersign::app
