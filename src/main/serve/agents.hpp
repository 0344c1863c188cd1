// The server's side of agents, wired: their endpoint, what it needs, and the watch over their silence. Made and ended
// with the service; the store must end before it.
#pragma once

#include <spdlog/logger.h>

#include <memory>

#include "app/agent_link.hpp"
#include "app/agent_roster.hpp"
#include "app/agent_watch.hpp"
#include "main/config/config.hpp"
#include "web/agents.hpp"

namespace countersign::cli {

class Agents {
 public:
  Agents(const Config& config, app::Store& store, app::Scheduler& scheduler, const app::PolicySource& policy,
         const Clock& clock, Random& random, std::shared_ptr<spdlog::logger> log);

  /// Writes down which hosts are expected to have an agent, and watches.
  void start();
  void stop() { watch_.stop(); }
  [[nodiscard]] std::vector<std::string> reasons() const { return watch_.reasons(); }
  [[nodiscard]] net::Handler& endpoint() { return endpoint_; }

 private:
  app::Store& store_;
  const std::shared_ptr<spdlog::logger> log_;
  const std::vector<std::string> expected_;
  app::AgentLink link_;
  app::AgentRoster roster_;
  app::AgentWatch watch_;
  web::AgentsEndpoint endpoint_;
};

}  // namespace countersign::cli
