// Joining: the join token once, for an agent id and the server's key in exchange for this agent's public key. Lives on
// the loop's thread.
#pragma once

#include <functional>
#include <string>

#include "agent/identity.hpp"
#include "base/secret.hpp"
#include "net/client.hpp"

namespace countersign::agent {

struct Joined {
  std::string agent_id, server_key;
};

/// POST /agents/v1/join, signed with the key that is to be known. Fault::forbidden: the token is none; Fault::conflict:
/// the host has another agent, or the machine another name; Fault::unavailable: to be tried again.
void join(net::Client& client, const std::string& server, const Secret& token, const std::string& host,
          const Machine& machine, const crypto::SigningKey& key, std::function<void(Result<Joined>)> done);

/// The token in that file.
Result<Secret> read_join_token(const std::string& path);

}  // namespace countersign::agent
