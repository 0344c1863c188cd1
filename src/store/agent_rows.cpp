#include "store/agent_rows.hpp"

#include <map>

#include "store/meta.hpp"

namespace countersign::store {
namespace {

using HostsByName = std::map<std::string, app::AgentHost>;

Result<void> add_expected(Connection& connection, HostsByName& hosts) {
  Rows rows(connection, "SELECT host FROM agent_host");
  while (rows.next())
    hosts[rows.text(0)].fixed = true;
  if (rows.failed()) return rows.failure();
  return {};
}

/// Those with a fixed token live as long as the configuration names their host.
Result<void> add_living(Connection& connection, HostsByName& hosts) {
  Rows rows(connection, "SELECT " COUNTERSIGN_AGENT_COLUMNS
                        " FROM agent WHERE removed_at IS NULL AND (public_key IS NOT NULL OR host IN (SELECT host FROM "
                        "agent_host)) ORDER BY host, last_seen DESC");
  while (rows.next()) {
    auto agent = read_agent(rows);
    hosts[agent.host].agents.push_back(std::move(agent));
  }
  if (rows.failed()) return rows.failure();
  return {};
}

Result<void> add_streams(Connection& connection, HostsByName& hosts) {
  Rows rows(connection,
            "SELECT s.id, s.host, s.agent, s.witness, s.sequence, s.digest, s.covered_until, s.last_seen, s.disputed "
            "FROM agent_stream s JOIN agent a ON a.host = s.host AND a.id = s.agent WHERE a.removed_at IS NULL "
            "ORDER BY s.witness, s.last_seen DESC");
  while (rows.next()) {
    const auto found = hosts.find(rows.text(1));
    if (found == hosts.end()) continue;
    found->second.streams.push_back({rows.integer(0), rows.text(1), rows.text(2), rows.text(3), rows.integer(4),
                                     rows.text(5), rows.maybe_time(6), rows.time(7), rows.id(8)});
  }
  if (rows.failed()) return rows.failure();
  return {};
}

}  // namespace

app::Agent read_agent(const Rows& rows) {
  return {.host = rows.text(0),
          .id = rows.text(1),
          .public_key = rows.text(2),
          .machine = rows.text(3),
          .version = rows.text(4),
          .boot = rows.text(5),
          .contains = rows.null(10) ? std::nullopt : std::optional(rows.flag(10)),
          .first_seen = rows.time(6),
          .last_seen = rows.time(7),
          .removed_at = rows.maybe_time(8),
          .silence = rows.id(9)};
}

Result<std::optional<app::Agent>> read_joined_agent(Connection& connection, std::string_view id) {
  Rows rows(connection,
            "SELECT " COUNTERSIGN_AGENT_COLUMNS " FROM agent WHERE id = ? AND public_key IS NOT NULL LIMIT 1", id);
  std::optional<app::Agent> agent;
  if (rows.next()) agent = read_agent(rows);
  return rows.result(std::move(agent));
}

Result<std::vector<app::AgentHost>> read_agent_hosts(Connection& connection) {
  HostsByName hosts;
  if (auto added = add_expected(connection, hosts); !added) return std::unexpected(added.error());
  if (auto added = add_living(connection, hosts); !added) return std::unexpected(added.error());
  if (auto added = add_streams(connection, hosts); !added) return std::unexpected(added.error());
  std::vector<app::AgentHost> all;
  for (auto& [name, host] : hosts) {
    host.host = name;
    all.push_back(std::move(host));
  }
  return all;
}

Result<std::string> read_server_key(Connection& connection) {
  auto key = read_meta(connection, "server_key");
  if (!key) return std::unexpected(key.error());
  if (!*key) return fail(Fault::internal, "the store has no server key");
  return **std::move(key);
}

}  // namespace countersign::store
