// A witness as the agent sees it: something that watches, is looked at now and then, and gives what it saw since. One
// thread.
#pragma once

#include <string>
#include <vector>

#include "agent/stream.hpp"
#include "base/result.hpp"

namespace countersign::agent {

/// What one look gave. Sightings are JSON objects with their id.
struct Look {
  std::vector<Spooled> sightings;
  Loss lost;
  bool more = false;  // there is more at once, so nothing is whole yet
};

class Witness {
 public:
  virtual ~Witness() = default;
  [[nodiscard]] virtual std::string witness_class() const = 0;
  /// Begins to watch; again after a failed look. The error is what makes the host blind, and its mend.
  virtual Result<void> open() = 0;
  /// Whether open() may succeed later; not where it took rights that are given up after the start.
  [[nodiscard]] virtual bool may_come_back() const { return true; }
  /// Readable when there is something to look at; -1 where it has to be looked at by the clock.
  [[nodiscard]] virtual int descriptor() const { return -1; }
  /// All that was seen since the last look. Fault::unavailable: it watches no longer.
  virtual Result<Look> look(Timestamp now) = 0;
  /// Whether what it gave last is given again until taken(): its sightings have places then.
  [[nodiscard]] virtual bool gives_again() const { return false; }
  virtual void taken() {}
};

}  // namespace countersign::agent
