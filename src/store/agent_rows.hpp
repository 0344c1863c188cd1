// Agents as they come back from the database: the same reading for Ledger and View.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "app/agent_records.hpp"
#include "store/rows.hpp"

/// The columns read_agent() reads.
#define COUNTERSIGN_AGENT_COLUMNS \
  "host, id, public_key, machine, version, boot, first_seen, last_seen, removed_at, silence, contains"

namespace countersign::store {

/// The row that `rows` stands on.
app::Agent read_agent(const Rows& rows);

Result<std::optional<app::Agent>> read_joined_agent(Connection& connection, std::string_view id);
Result<std::vector<app::AgentHost>> read_agent_hosts(Connection& connection);
/// Made when the database was opened for the first time.
Result<std::string> read_server_key(Connection& connection);

}  // namespace countersign::store
