#include "main/serve/agents.hpp"

namespace countersign::cli {
namespace {

std::vector<std::string> hosts_of(const std::vector<web::FixedAgent>& agents) {
  std::vector<std::string> hosts;
  for (const auto& agent : agents)
    hosts.push_back(agent.host);
  return hosts;
}

}  // namespace

Agents::Agents(const Config& config, app::Store& store, const app::PolicySource& policy, const Clock& clock,
               std::shared_ptr<spdlog::logger> log)
    : store_(store),
      log_(std::move(log)),
      expected_(hosts_of(config.agents)),
      link_(store, policy, clock),
      endpoint_({store, link_, policy, config.agents}) {}

void Agents::start() {
  store_.write([hosts = expected_](app::Ledger& ledger) { return ledger.expect_agents(hosts); },
               [log = log_](Result<void> written) {
                 if (!written) log->error("which agents are expected was not written: {}", written.error().message);
               });
}

}  // namespace countersign::cli
