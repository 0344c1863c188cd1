// The facet of the store port about containment: sessions that agents were asked to end. Ledger offers it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "core/event.hpp"

namespace countersign::app {

/// One request to one agent to end one session.
struct Containment {
  Id id, approval, event;
  std::string host, agent;
  std::string payload, signature;  // sent as they are; 64 bytes by the server's key over the payload
  std::string by;
  Timestamp issued_at{}, expires_at{};
  std::string outcome;  // empty: not reported yet; "success", "failure", "expired", …
  std::string detail;   // in the agent's words
  std::optional<Timestamp> reported_at;
};

class ContainmentLedger {
 public:
  virtual ~ContainmentLedger() = default;
  virtual Result<std::vector<Containment>> containments(Id approval) = 0;  // oldest first
  /// Adds it, or writes over outcome, detail and reported_at.
  virtual Result<void> put_containment(const Containment& containment) = 0;
  virtual Result<std::optional<Containment>> containment(Id id) = 0;
  /// Those the agent has not reported on and that have not expired by `now`.
  virtual Result<std::vector<Containment>> owed_to_agent(std::string_view host, std::string_view agent,
                                                         Timestamp now) = 0;
  virtual Result<std::vector<Containment>> expired_containments(Timestamp now) = 0;
  /// Whether the kernel saw the session of that login end by `until`.
  virtual Result<bool> session_ended(const core::Event& login, Timestamp until) = 0;
};

}  // namespace countersign::app
