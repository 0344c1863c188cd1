// The server's request to end a session on this host: believed only with the server's signature, for this agent, this
// boot, this process and this moment. Pure; what is done about it is process.hpp's.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"

namespace countersign::agent {

struct EndSession {
  std::string id, user;
  std::int64_t pid = 0, start = 0;
  Timestamp expires_at{};
};

/// Whom a request must be for.
struct Addressee {
  std::string server_key;  // 32 bytes
  std::string agent_id, host, boot_id;
};

/// Fault::unauthorized where the signature is not the server's: such a thing is not answered. Any other fault is meant
/// for `id`, where it has one: it is for someone else, or over.
struct Reading {
  std::string id;
  Result<EndSession> request;
};
Reading read_request(std::string_view payload, std::string_view signature, const Addressee& addressee, Timestamp now);

}  // namespace countersign::agent
