// Runs tasks later, one at a time on one thread: the event loop as the use cases see it.
// post() and after() are safe from any thread.
#pragma once

#include <functional>

#include "base/time.hpp"

namespace countersign::app {

class Scheduler {
 public:
  using Task = std::move_only_function<void()>;
  virtual ~Scheduler() = default;
  virtual void post(Task task) = 0;
  virtual void after(Duration delay, Task task) = 0;
};

}  // namespace countersign::app
