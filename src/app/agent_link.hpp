// The use case "an agent's batch arrived": its number, its chain, what it saw and what it could see, in one
// transaction. Batches of one stream apply once each, in any number of deliveries.
// Safe for concurrent access; `done` is called once, on a thread of the store, when everything is durable.
#pragma once

#include <functional>
#include <string>

#include "app/agent_batch.hpp"
#include "app/policy.hpp"
#include "app/store.hpp"
#include "base/clock.hpp"

namespace countersign::app {

struct Acknowledged {
  std::int64_t sequence = 0;
  std::string conflict;               // why the batch was refused, though its finding is written; empty: it was taken
  std::vector<Containment> commands;  // for the agent, until it reports on them
};

class AgentLink {
 public:
  using Done = std::move_only_function<void(Result<Acknowledged>)>;

  AgentLink(Store& store, const PolicySource& policy, const Clock& clock)
      : store_(store), policy_(policy), clock_(clock) {}

  /// `batch.host` is proved, as a configured name. `joined`: its id as well, by the agent's own signature.
  /// Fault::forbidden where the agent was removed.
  void accept(AgentBatch batch, bool joined, Done done);

 private:
  Store& store_;
  const PolicySource& policy_;
  const Clock& clock_;
};

}  // namespace countersign::app
