// The running agent: witnesses, a stream for each, the courier, and what people and the server may ask. Starting is
// recovery: what the last run spooled goes out first, and the time between is reported as blind. One thread, the
// loop's.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "agent/configuration.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"

namespace countersign::agent {

class Agent {
 public:
  /// For a person: a line without its end.
  using Tell = std::function<void(const std::string&)>;

  /// Opens the spool; Fault::unavailable and ::invalid say what to mend. `clock` and `random` outlive it.
  static Result<std::unique_ptr<Agent>> open(Configuration configuration, const Clock& clock, Random& random,
                                             Tell tell);
  virtual ~Agent() = default;

  /// Puts the probes in place and says which. Before the rights for it are given up.
  virtual void watch() = 0;
  /// Until SIGTERM or SIGINT. What could not be sent is in the spool on return.
  virtual void run() = 0;
};

}  // namespace countersign::agent
