#include "main/serve/canaries.hpp"

#include <algorithm>

#include "main/serve/child.hpp"

namespace countersign::cli {
namespace {

std::vector<app::CanarySettings> settings_of(const std::vector<CanaryConfig>& configured) {
  std::vector<app::CanarySettings> settings;
  for (const auto& canary : configured)
    settings.push_back(canary.settings);
  return settings;
}

}  // namespace

CanaryLogins::CanaryLogins(const std::vector<CanaryConfig>& configured, app::Store& store, app::Scheduler& scheduler,
                           const Clock& clock, const app::PolicySource& policy)
    : configured_(configured),
      scheduler_(scheduler),
      canaries_(store, scheduler, clock, policy, settings_of(configured),
                [this](const std::string& host, Duration bound, std::move_only_function<void(Result<void>)> done) {
                  log_in(host, bound, std::move(done));
                }) {}

void CanaryLogins::stop() {
  stopped_ = true;
  canaries_.stop();
  running_.clear();
}

void CanaryLogins::log_in(const std::string& host, Duration bound, std::move_only_function<void(Result<void>)> done) {
  const auto canary = std::ranges::find(configured_, host, [](const CanaryConfig& one) { return one.settings.host; });
  if (canary == configured_.end()) return done(fail(Fault::not_found, "no canary is configured for {}", host));
  // Each takes itself off the list when it has told: on the scheduler's thread, as everything of the list is.
  const auto place = running_.emplace(running_.end());
  *place = std::jthread(
      [this, place, command = canary->command, bound, done = std::move(done)](const std::stop_token& stop) mutable {
        auto result = run_child(command, bound, stop);
        if (stop.stop_requested()) return;
        scheduler_.post([this, place, done = std::move(done), result = std::move(result)]() mutable {
          if (stopped_) return;
          running_.erase(place);
          done(std::move(result));
        });
      });
}

}  // namespace countersign::cli
