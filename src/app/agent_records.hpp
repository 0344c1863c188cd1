// The facet of the store port about agents: who they are, where each of their streams stands, what was seen through
// them. View offers AgentRecords, Ledger all of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace countersign::app {

/// One agent. Those with a fixed token choose their id and are known by host and id; a joined one's id is ours.
struct Agent {
  std::string host, id;
  std::string public_key;  // 32 bytes; empty: a fixed token
  std::string machine, version, boot;
  std::optional<bool> contains{};  // whether its host lets it end sessions; none: it has not said
  Timestamp first_seen{};
  Timestamp last_seen{};  // its newest batch, or its joining
  std::optional<Timestamp> removed_at;
  Id silence;  // the finding that says it is silent; none: it speaks
  [[nodiscard]] bool joined() const { return !public_key.empty(); }
};

/// One class of one agent's sightings, numbered from 1.
struct AgentStream {
  std::int64_t id = 0;  // 0: not stored yet
  std::string host, agent, witness;
  std::int64_t sequence = 0;  // the newest batch's
  std::string digest;         // SHA-256 of that batch's body: what the next one names as "previous"
  std::optional<Timestamp> covered_until;
  Timestamp last_seen{};
  Id disputed;  // the finding that ended its coverage; none: it stands
};

/// A span in which a witness was there and is not believed to have seen everything.
struct Loss {
  Timestamp from{}, until{};
  std::int64_t lost = 0;
  std::string why;
};

/// A host an agent is expected on, and what is known of it now.
struct AgentHost {
  std::string host;
  bool fixed = false;         // by configuration: [[agent]]
  std::vector<Agent> agents;  // living ones, the newest first; none: it never spoke
  std::vector<AgentStream> streams;
};

class AgentRecords {
 public:
  virtual ~AgentRecords() = default;
  /// The joined agent of that id, removed ones too.
  virtual Result<std::optional<Agent>> joined_agent(std::string_view id) = 0;
  /// Every host with an agent configured or living, by name.
  virtual Result<std::vector<AgentHost>> agent_hosts() = 0;
  /// The server's Ed25519 private key, 32 bytes. It never leaves the process.
  virtual Result<std::string> server_key() = 0;
};

class AgentLedger : public AgentRecords {
 public:
  /// The hosts that [[agent]] names now: the others are expected no longer.
  virtual Result<void> expect_agents(const std::vector<std::string>& hosts) = 0;
  virtual Result<std::optional<Agent>> agent(std::string_view host, std::string_view id) = 0;
  /// Living agents of that host, of that machine (under any host), or with that public key.
  virtual Result<std::vector<Agent>> agents_of_host(std::string_view host) = 0;
  virtual Result<std::vector<Agent>> agents_of_machine(std::string_view machine) = 0;
  virtual Result<std::vector<Agent>> agents_of_key(std::string_view public_key) = 0;
  /// Adds the agent of that host and id, or writes over it.
  virtual Result<void> put(const Agent& agent) = 0;

  virtual Result<std::optional<AgentStream>> stream(std::string_view host, std::string_view agent,
                                                    std::string_view witness) = 0;
  /// Adds it, or writes over the one of its id; its id afterwards.
  virtual Result<std::int64_t> put(const AgentStream& stream) = 0;
  /// The content's digest of an earlier batch; nullopt where it was never here, or is too old to be kept.
  virtual Result<std::optional<std::string>> batch(std::int64_t stream, std::int64_t sequence) = 0;
  /// Keeps the digests of the newest 256.
  virtual Result<void> add_batch(std::int64_t stream, std::int64_t sequence, std::string_view content) = 0;

  /// The witness saw everything from `from` until `until`. Spans that touch become one.
  virtual Result<void> cover(std::string_view host, std::string_view witness, Timestamp from, Timestamp until) = 0;
  /// It did not. One that goes on where the last ended, for the same reason, becomes one with it.
  virtual Result<void> lose(std::string_view host, std::string_view witness, const Loss& loss) = 0;
};

}  // namespace countersign::app
