// What was configured about reading and asking, as one immutable whole that a reload swaps.
// PolicySource is safe for concurrent access; a Policy never changes.
#pragma once

#include <memory>
#include <mutex>

#include "core/directory.hpp"
#include "core/reconcile/verdict.hpp"
#include "core/rhythm.hpp"
#include "core/rules/engine.hpp"
#include "core/schedule.hpp"

namespace countersign::app {

struct Policy {
  core::Engine engine;
  core::Directory directory;
  core::Schedule schedule;
  Duration match_window = std::chrono::minutes(2);
  Duration grace = std::chrono::minutes(5);
  core::SilenceTerms silence{};
  // The files of rules and people it was read from, each with the SHA-256 of its bytes in hex. The main file, which may
  // hold secrets, is not among them: what it says of people stands above.
  std::vector<std::pair<std::string, std::string>> files{};

  [[nodiscard]] core::ReconcileSettings reconcile() const { return {match_window, grace}; }
};

class PolicySource {
 public:
  explicit PolicySource(std::shared_ptr<const Policy> policy) : policy_(std::move(policy)) {}

  [[nodiscard]] std::shared_ptr<const Policy> current() const {
    const std::lock_guard lock(mutex_);
    return policy_;
  }
  void replace(std::shared_ptr<const Policy> policy) {
    const std::lock_guard lock(mutex_);
    policy_ = std::move(policy);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Policy> policy_;  // guarded by mutex_
};

}  // namespace countersign::app
