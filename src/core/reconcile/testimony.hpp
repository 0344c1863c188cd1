// One witness's own account of a login, as reconciliation compares it with another's. Owns its strings; passive data.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/event.hpp"

namespace countersign::core {

struct Testimony {
  Event event;                   // what this witness said, in its own words; its time is its own
  std::string witness = "log";   // class: log, kernel, pam, api
  std::string source;            // the webhook's, tail's or agent's name: the credential it came under
  Timestamp received_at{};       // when it arrived here
  bool arrival_stamped = false;  // the source tells no time of the event, only of its own receipt
  bool live = true;              // false: brought later, so its arrival tells nothing of its source's delay
};

inline bool is_kernel(const Testimony& account) {
  return account.witness == "kernel";
}

/// Of our own agent: the one witness whose coverage is known.
inline bool is_agent(const Testimony& account) {
  return account.source.starts_with("agent:");
}

inline bool is_agents_kernel(const Testimony& account) {
  return is_kernel(account) && is_agent(account);
}

/// Who vouches for it. One agent's streams share its credential: "agent:bastion" and "agent:bastion/log".
inline std::string_view credential(const Testimony& account) {
  const std::string_view source = account.source;
  return is_agent(account) ? source.substr(0, source.find('/')) : source;
}

}  // namespace countersign::core
