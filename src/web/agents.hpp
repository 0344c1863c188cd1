// /agents/v1: where agents join and deliver their batches. Proof of who sends first, then a 2xx once everything is
// durable. Safe for concurrent access; what it refers to must outlive every answer.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "app/agent_link.hpp"
#include "app/agent_roster.hpp"
#include "app/policy.hpp"
#include "app/store.hpp"
#include "base/secret.hpp"
#include "net/http.hpp"

namespace countersign::web {

/// One [[agent]] of the configuration.
struct FixedAgent {
  std::string host;  // its configured name
  std::vector<Secret> tokens;
};

struct AgentsParts {
  app::Store& store;
  app::AgentLink& link;
  app::AgentRoster& roster;
  const app::PolicySource& policy;
  std::vector<FixedAgent> fixed;
  std::vector<Secret> join_tokens;  // any of them; none: nobody joins
};

class AgentsEndpoint final : public net::Handler {
 public:
  explicit AgentsEndpoint(AgentsParts parts) : parts_(std::move(parts)) {}

  void handle(net::Request request, net::Respond respond) override;
  [[nodiscard]] std::size_t body_limit(const net::Request& head) const override;

  /// Requests refused for a missing or wrong proof.
  [[nodiscard]] std::uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }

 private:
  void join(const net::Request& request, net::Respond respond);
  void take_fixed(const net::Request& request, net::Respond respond);
  void take_joined(net::Request request, net::Respond respond);
  void take(const net::Request& request, const std::string& host, const std::string& agent, net::Respond respond);
  net::Response refuse(std::string_view why);

  const AgentsParts parts_;
  std::atomic<std::uint64_t> refused_{0};
};

}  // namespace countersign::web
