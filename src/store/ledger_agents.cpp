#include "store/agent_rows.hpp"
#include "store/ledger.hpp"

namespace countersign::store {
namespace {

constexpr std::int64_t batches_kept = 256;

std::optional<Id> reference(Id id) {
  if (!id) return std::nullopt;
  return id;
}

template <typename... Parameters>
Result<std::vector<app::Agent>> read_agents(Connection& connection, Sql sql, Parameters&&... parameters) {
  std::vector<app::Agent> agents;
  Rows rows(connection, sql, parameters...);
  while (rows.next())
    agents.push_back(read_agent(rows));
  return rows.result(std::move(agents));
}

}  // namespace

Result<std::optional<app::Agent>> SqliteLedger::joined_agent(std::string_view id) {
  return read_joined_agent(connection_, id);
}

Result<std::vector<app::AgentHost>> SqliteLedger::agent_hosts() {
  return read_agent_hosts(connection_);
}

Result<std::string> SqliteLedger::server_key() {
  return read_server_key(connection_);
}

Result<void> SqliteLedger::expect_agents(const std::vector<std::string>& hosts) {
  if (auto gone = write(connection_, "DELETE FROM agent_host"); !gone) return gone;
  for (const auto& host : hosts)
    if (auto added = write(connection_, "INSERT OR IGNORE INTO agent_host (host) VALUES (?)", host); !added)
      return kept(added);
  return {};
}

Result<std::optional<app::Agent>> SqliteLedger::agent(std::string_view host, std::string_view id) {
  auto found =
      read_agents(connection_, "SELECT " COUNTERSIGN_AGENT_COLUMNS " FROM agent WHERE host = ? AND id = ?", host, id);
  if (!found) return std::unexpected(found.error());
  if (found->empty()) return std::nullopt;
  return std::move(found->front());
}

Result<std::vector<app::Agent>> SqliteLedger::agents_of_host(std::string_view host) {
  return read_agents(connection_,
                     "SELECT " COUNTERSIGN_AGENT_COLUMNS
                     " FROM agent WHERE host = ? AND removed_at IS NULL ORDER BY first_seen",
                     host);
}

Result<std::vector<app::Agent>> SqliteLedger::agents_of_machine(std::string_view machine) {
  if (machine.empty()) return {};
  return read_agents(connection_,
                     "SELECT " COUNTERSIGN_AGENT_COLUMNS
                     " FROM agent WHERE machine = ? AND machine <> '' AND removed_at IS NULL ORDER BY first_seen",
                     machine);
}

Result<std::vector<app::Agent>> SqliteLedger::agents_of_key(std::string_view public_key) {
  return read_agents(connection_,
                     "SELECT " COUNTERSIGN_AGENT_COLUMNS
                     " FROM agent WHERE public_key = ? AND public_key IS NOT NULL AND removed_at IS NULL",
                     Blob{public_key});
}

Result<void> SqliteLedger::put(const app::Agent& agent) {
  const auto key = agent.public_key.empty() ? std::nullopt : std::optional(Blob{agent.public_key});
  return write(
      connection_,
      "INSERT INTO agent (host, id, public_key, machine, version, boot, first_seen, last_seen, removed_at, "
      "silence, contains) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (host, id) DO UPDATE SET public_key = "
      "excluded.public_key, machine = excluded.machine, version = excluded.version, boot = excluded.boot, "
      "last_seen = excluded.last_seen, removed_at = excluded.removed_at, silence = excluded.silence, "
      "contains = excluded.contains",
      agent.host, agent.id, key, agent.machine, agent.version, agent.boot, agent.first_seen, agent.last_seen,
      agent.removed_at, reference(agent.silence), agent.contains);
}

Result<std::optional<app::AgentStream>> SqliteLedger::stream(std::string_view host, std::string_view agent,
                                                             std::string_view witness) {
  Rows rows(connection_,
            "SELECT id, sequence, digest, covered_until, last_seen, disputed FROM agent_stream WHERE host = ? AND "
            "agent = ? AND witness = ?",
            host, agent, witness);
  std::optional<app::AgentStream> stream;
  if (rows.next())
    stream = {rows.integer(0),      std::string(host), std::string(agent),
              std::string(witness), rows.integer(1),   rows.text(2),
              rows.maybe_time(3),   rows.time(4),      rows.id(5)};
  return rows.result(std::move(stream));
}

Result<std::int64_t> SqliteLedger::put(const app::AgentStream& stream) {
  const auto known = stream.id == 0 ? std::nullopt : std::optional(stream.id);
  Rows rows(connection_,
            "INSERT INTO agent_stream (id, host, agent, witness, sequence, digest, covered_until, last_seen, disputed) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, digest = "
            "excluded.digest, covered_until = excluded.covered_until, last_seen = excluded.last_seen, disputed = "
            "excluded.disputed RETURNING id",
            known, stream.host, stream.agent, stream.witness, stream.sequence, Blob{stream.digest},
            stream.covered_until, stream.last_seen, reference(stream.disputed));
  if (!rows.next()) return rows.failure();
  return rows.integer(0);
}

Result<std::optional<std::string>> SqliteLedger::batch(std::int64_t stream, std::int64_t sequence) {
  Rows rows(connection_, "SELECT content FROM agent_batch WHERE stream = ? AND sequence = ?", stream, sequence);
  std::optional<std::string> content;
  if (rows.next()) content = rows.text(0);
  return rows.result(std::move(content));
}

Result<void> SqliteLedger::add_batch(std::int64_t stream, std::int64_t sequence, std::string_view content) {
  if (auto added = write(connection_, "INSERT INTO agent_batch (stream, sequence, content) VALUES (?, ?, ?)", stream,
                         sequence, Blob{content});
      !added)
    return added;
  return kept(write(connection_, "DELETE FROM agent_batch WHERE stream = ? AND sequence <= ?", stream,
                    sequence - batches_kept));
}

}  // namespace countersign::store
