// The [[canary]]s of the configuration: each login is the system's own ssh client as a child process, waited for on a
// thread of its own. Made and used on the loop's thread.
#pragma once

#include <list>
#include <memory>
#include <thread>
#include <vector>

#include "app/canary.hpp"
#include "main/config/config.hpp"

namespace countersign::cli {

class CanaryLogins {
 public:
  CanaryLogins(const std::vector<CanaryConfig>& configured, app::Store& store, app::Scheduler& scheduler,
               const Clock& clock, const app::PolicySource& policy);

  [[nodiscard]] app::Canaries& canaries() { return canaries_; }
  /// Ends what runs.
  void stop();

 private:
  void log_in(const std::string& host, Duration bound, std::move_only_function<void(Result<void>)> done);

  const std::vector<CanaryConfig> configured_;
  app::Scheduler& scheduler_;
  app::Canaries canaries_;
  bool stopped_ = false;
  std::list<std::jthread> running_;  // last: they end before the rest goes
};

}  // namespace countersign::cli
