// Accounts of one login as witnesses give them, to be bent for a case.
#pragma once

#include <string>

#include "core/reconcile/verdict.hpp"

namespace countersign::core::reconcile_test {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

inline const Timestamp noon = *parse_rfc3339("2026-11-20T12:00:00Z");

/// Alice's login at noon + `at`, told by that witness, there a second after it happened.
inline Testimony says(std::string witness, std::string source, Duration at = Duration::zero(),
                      Duration delay = seconds(1)) {
  Testimony said;
  said.witness = std::move(witness);
  said.source = std::move(source);
  said.received_at = noon + at + delay;
  auto& event = said.event;
  event.time = noon + at;
  event.action = "ssh_login";
  event.outcome = "success";
  event.host = "web1";
  event.pid = 4243;
  event.user = "alice";
  event.address = "203.0.113.7";
  event.port = 50001;
  event.method = "publickey";
  event.key_type = "ED25519";
  event.key = "SHA256:alice";
  return said;
}
inline Testimony kernel(Duration at = Duration::zero(), Duration delay = seconds(1)) {
  return says("kernel", "agent:web1", at, delay);
}
inline Testimony log(Duration at = Duration::zero(), Duration delay = seconds(1)) {
  return says("log", "papertrail", at, delay);
}
template <typename Change>
Testimony with(Testimony said, Change change) {
  change(said.event);
  return said;
}

}  // namespace countersign::core::reconcile_test
