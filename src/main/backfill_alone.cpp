#include "main/backfill_alone.hpp"

#include <algorithm>

#include "crypto/random.hpp"
#include "main/policy.hpp"
#include "main/serve/backfills.hpp"
#include "main/serve/loop_scheduler.hpp"
#include "store/store.hpp"

namespace countersign::cli {
namespace {

constexpr auto between_glances = std::chrono::milliseconds(200);

app::BackfillProgress progress_of(const app::Backfills& all, std::string_view name) {
  const auto progress = all.progress();
  return *std::ranges::find(progress, name, &app::BackfillProgress::name);
}

}  // namespace

Result<app::BackfillProgress> backfill_alone(const Config& config, std::string_view name, app::BackfillSpan span,
                                             const std::function<void(const app::BackfillProgress&)>& show) {
  auto made = make_policy({config, {}});
  if (!made.policy)
    return fail(Fault::invalid, "the rules have errors; run countersign check --config {}", config.file);
  const app::PolicySource policy(std::move(made.policy));
  const SystemClock clock;
  crypto::SystemRandom random;
  net::Loop loop;
  LoopScheduler scheduler(loop);
  auto store = store::open({.url = config.store_url, .clock = &clock, .random = &random, .on_commit = nullptr});
  if (!store) return std::unexpected(store.error());
  app::Ingest ingest(**store, policy, clock);
  BackfillParts parts(config, loop, ingest, **store, scheduler, clock, [](std::string_view) {});
  auto started = parts.all.start(name, span);
  if (!started) return started;
  std::function<void()> look = [&] {
    const auto progress = progress_of(parts.all, name);
    show(progress);
    if (progress.state != app::BackfillState::running) return loop.stop();
    loop.after(between_glances, [&look] { look(); });
  };
  loop.post([&look] { look(); });
  loop.run();
  store->reset();  // its last answer is done before what it refers to goes
  return progress_of(parts.all, name);
}

}  // namespace countersign::cli
