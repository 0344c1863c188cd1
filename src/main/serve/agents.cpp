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

Agents::Agents(const Config& config, app::Store& store, app::Scheduler& scheduler, const app::PolicySource& policy,
               const Clock& clock, Random& random, std::shared_ptr<spdlog::logger> log)
    : store_(store),
      log_(std::move(log)),
      expected_(hosts_of(config.agents)),
      link_(store, policy, clock),
      roster_(store, policy, clock, random),
      watch_(store, scheduler, clock, policy),
      endpoint_({store, link_, roster_, policy, config.agents, config.join_tokens}) {}

void Agents::start() {
  store_.write([hosts = expected_](app::Ledger& ledger) { return ledger.expect_agents(hosts); },
               [log = log_](Result<void> written) {
                 if (!written) log->error("which agents are expected was not written: {}", written.error().message);
               });
  watch_.start();
}

}  // namespace countersign::cli
