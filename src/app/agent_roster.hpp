// The use cases "an agent joins" and "an agent is removed": a join token once, then the agent's own key, bound to the
// machine and the host. Safe for concurrent access; `done` is called once, on a thread of the store.
#pragma once

#include <functional>
#include <string>

#include "app/policy.hpp"
#include "app/store.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"

namespace countersign::app {

/// Who wants to join; the join token and the signature by `public_key` are proved.
struct JoinRequest {
  std::string host, machine, version, boot;
  std::string public_key;  // 32 bytes
};

struct Joined {
  std::string agent_id, host;
  std::string server_key;  // the public half, 32 bytes
  bool fresh = false;      // false: it had joined already
  std::string refused;     // why it may not, though the finding is written; empty: it may
};

class AgentRoster {
 public:
  AgentRoster(Store& store, const PolicySource& policy, const Clock& clock, Random& random)
      : store_(store), policy_(policy), clock_(clock), random_(random) {}

  /// Fault::invalid for a host name that can't be one.
  void join(JoinRequest request, std::move_only_function<void(Result<Joined>)> done);
  /// Every living agent of the host is forgotten; a joined one can speak no more. Fault::not_found where it has none.
  void remove(std::string host, std::string by, std::move_only_function<void(Result<std::size_t>)> done);

 private:
  Store& store_;
  const PolicySource& policy_;
  const Clock& clock_;
  Random& random_;
};

/// The public half of the server's key, by which agents know who asks them to end a session. 32 bytes.
Result<std::string> server_public_key(AgentRecords& records);

}  // namespace countersign::app
