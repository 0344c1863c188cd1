// The use case "end the session of a denied login": the security team asks, the server signs, the host's agent is told
// with the answer to its next batch and reports what it did. Every step is written on the approval's record.
// Safe for concurrent access; `done` is called once, on a thread of the store, after it is durable.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "app/policy.hpp"
#include "app/store.hpp"
#include "base/clock.hpp"

namespace countersign::app {

/// What was asked of which agents.
struct Contained {
  std::vector<Containment> asked;
};

class Contain {
 public:
  using Done = std::move_only_function<void(Result<Contained>)>;
  static constexpr auto good_for = std::chrono::minutes(5);

  Contain(Store& store, const Clock& clock) : store_(store), clock_(clock) {}

  /// Asks the agents to end the sessions of the approval's denied logins. Fault::forbidden for anyone but the security
  /// team, and for whom it is about; Fault::conflict where nothing is denied, no session can be ended (containable.hpp
  /// says why), or it was asked already; Fault::not_found where there is no such approval.
  void by_id(Id approval, core::Actor by, std::string_view via, Done done);
  /// By the opaque value of an alarm's button: ends the sessions that its question named, and no others.
  void by_button(std::string_view value, core::Actor by, std::string_view via, Done done);

 private:
  Store& store_;
  const Clock& clock_;
};

/// An agent's report of what became of a request: event.action "containment". Unknown ids and other agents' are
/// ignored. On the store's writer.
Result<void> note_containment(Ledger& ledger, std::string_view host, std::string_view agent, const core::Event& event,
                              Timestamp now);

/// Requests whose time is over: nobody reported. On the store's writer.
Result<void> note_expired(Ledger& ledger, Timestamp now);

}  // namespace countersign::app
