#include "app/canary.hpp"

#include <algorithm>

#include "core/host_name.hpp"

namespace countersign::app {
namespace {

constexpr Duration between_looks = std::chrono::milliseconds(250);
constexpr Duration first_patience = std::chrono::minutes(1);  // agents and providers find back to a server that started
constexpr Duration after_refusal = std::chrono::seconds(1);

}  // namespace

Canaries::Canaries(Store& store, Scheduler& scheduler, const Clock& clock, const PolicySource& policy,
                   std::vector<CanarySettings> settings, Login login)
    : store_(store),
      scheduler_(scheduler),
      clock_(clock),
      policy_(policy),
      settings_(std::move(settings)),
      login_(std::move(login)),
      alarm_(scheduler, clock, [this] { ring(); }) {}

/// What an earlier life left open is followed to its end.
void Canaries::start() {
  if (settings_.empty()) return;
  began_ = clock_.now();
  look();
}

void Canaries::stop() {
  stopped_ = true;
  alarm_.stop();
}

std::vector<std::string> Canaries::reasons() const {
  std::vector<std::string> reasons;
  for (const auto& canary : settings_)
    if (const auto found = standing_.find(canary.host); found != standing_.end() && !found->second.trouble.empty())
      reasons.push_back(found->second.trouble);
  return reasons;
}

void Canaries::run(std::string host, Begun begun) {
  host = core::canonical_host(host);
  scheduler_.post([this, host = std::move(host), begun = std::move(begun)]() mutable {
    const auto canary = std::ranges::find(settings_, host, &CanarySettings::host);
    if (canary == settings_.end())
      return begun(fail(Fault::not_found, "no [[canary]] is configured for the host '{}'", host));
    if (standing_[host].open) return begun(fail(Fault::conflict, "a canary on {} is under way", host));
    begin(*canary, std::move(begun));
  });
}

void Canaries::ring() {
  if (stopped_) return;
  const auto now = clock_.now();
  for (const auto& canary : settings_) {
    auto& standing = standing_[canary.host];
    if (standing.open || canary.every <= Duration::zero()) continue;
    const auto due =
        standing.started ? *standing.started + canary.every : began_ + std::min(canary.every, first_patience);
    if (due <= now) begin(canary, [](const Result<Id>&) {});
  }
  look();
}

/// Until the next look or the next canary that is due.
void Canaries::rest() {
  if (stopped_) return;
  std::optional<Timestamp> next;
  for (const auto& canary : settings_) {
    const auto& standing = standing_[canary.host];
    std::optional<Timestamp> at;
    if (standing.open)
      at = clock_.now() + between_looks;
    else if (canary.every > Duration::zero())
      at = standing.started ? *standing.started + canary.every : began_ + std::min(canary.every, first_patience);
    if (at && (!next || *at < *next)) next = at;
  }
  if (next) alarm_.set(*next);
}

void Canaries::begin(const CanarySettings& canary, Begun begun) {
  auto& standing = standing_[canary.host];
  standing.open = standing.beginning = true;
  standing.started = clock_.now();
  auto run = std::make_shared<core::CanaryRun>();
  store_.write(
      [policy = policy_.current(), canary, run, now = clock_.now()](Ledger& ledger) -> Result<void> {
        auto made = begin_canary(ledger, *policy, canary, now);
        if (!made) return std::unexpected(made.error());
        *run = *std::move(made);
        return {};
      },
      [this, run, canary, begun = std::move(begun)](Result<void> written) mutable {
        scheduler_.post([this, run, canary, begun = std::move(begun), written = std::move(written)]() mutable {
          standing_[canary.host].beginning = false;
          if (!written) {
            standing_[canary.host].open = false;
            begun(std::unexpected(written.error()));
            return rest();
          }
          begun(run->id);
          login_(canary.host, canary.within,
                 [this, id = run->id](Result<void> result) { logged_in(id, std::move(result)); });
          rest();
        });
      });
}

void Canaries::logged_in(Id run, Result<void> result) {
  store_.write(
      [run, error = result ? std::string() : result.error().message,
       now = clock_.now()](Ledger& ledger) -> Result<void> {
        const auto open = ledger.open_canary_runs();
        if (!open) return std::unexpected(open.error());
        for (auto each : *open) {
          if (each.id != run) continue;
          each.login_at = now;
          each.login_error = error;
          return ledger.put(each);
        }
        return {};
      },
      [this](const Result<void>&) {
        scheduler_.post([this] { look(); });
      });  // the store counts and shows its own failures
}

void Canaries::look() {
  if (stopped_ || looking_) return;
  looking_ = true;
  auto runs = std::make_shared<std::vector<core::CanaryRun>>();
  store_.write(
      [policy = policy_.current(), runs, now = clock_.now()](Ledger& ledger) -> Result<void> {
        if (auto looked = look_at_canaries(ledger, *policy, now); !looked) return looked;
        auto newest = ledger.canary_runs();
        if (!newest) return std::unexpected(newest.error());
        *runs = *std::move(newest);
        return {};
      },
      [this, runs](Result<void> written) {
        scheduler_.post([this, runs, written = std::move(written)] {
          looking_ = false;
          if (stopped_) return;
          if (!written) return alarm_.set(clock_.now() + after_refusal);
          for (const auto& run : *runs) {
            const auto steps = core::steps_of(run, clock_.now());
            const bool failed = run.finished_at && !core::all_carried(steps);
            auto& standing = standing_[run.host];
            if (standing.beginning) continue;  // this is the one before
            standing = {run.started_at, false, !run.finished_at, failed ? core::words_of(run, steps) : ""};
          }
          rest();
        });
      });
}

}  // namespace countersign::app
