// The server's side of agents, wired: their endpoint, and what it needs. Made and ended with the service; the store
// must end before it.
#pragma once

#include <spdlog/logger.h>

#include <memory>

#include "app/agent_link.hpp"
#include "main/config/config.hpp"
#include "web/agents.hpp"

namespace countersign::cli {

class Agents {
 public:
  Agents(const Config& config, app::Store& store, const app::PolicySource& policy, const Clock& clock,
         std::shared_ptr<spdlog::logger> log);

  /// Writes down which hosts are expected to have an agent.
  void start();
  [[nodiscard]] net::Handler& endpoint() { return endpoint_; }

 private:
  app::Store& store_;
  const std::shared_ptr<spdlog::logger> log_;
  const std::vector<std::string> expected_;
  app::AgentLink link_;
  web::AgentsEndpoint endpoint_;
};

}  // namespace countersign::cli
