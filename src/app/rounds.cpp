#include "app/rounds.hpp"

namespace countersign::app {

Rounds::Rounds(Store& store, Scheduler& scheduler, const Clock& clock, const PolicySource& policy, Round round,
               Duration patience)
    : store_(store),
      scheduler_(scheduler),
      clock_(clock),
      policy_(policy),
      round_(std::move(round)),
      patience_(patience),
      alarm_(scheduler, clock, [this] { look(); }) {}

Rounds::Rounds(Store& store, Scheduler& scheduler, const Clock& clock, const PolicySource& policy, Survey survey,
               Duration patience)
    : store_(store),
      scheduler_(scheduler),
      clock_(clock),
      policy_(policy),
      survey_(std::move(survey)),
      patience_(patience),
      alarm_(scheduler, clock, [this] { look(); }) {}

void Rounds::start() {
  alarm_.set(clock_.now() + patience_);
}

void Rounds::stop() {
  stopped_ = true;
  alarm_.stop();
}

void Rounds::look() {
  if (stopped_) return;
  if (survey_) return survey();
  write(round_);
}

void Rounds::survey() {
  const bool queued = store_.read([this, policy = policy_.current(), now = clock_.now()](View& view) {
    auto made = survey_(view, *policy, now);
    // A failed look is a failed round: there the store counts and shows it.
    auto round =
        made ? *std::move(made) : Round([error = made.error()](Ledger&, const Policy&, Timestamp) -> Result<Timestamp> {
          return std::unexpected(error);
        });
    scheduler_.post([this, round = std::move(round)]() mutable {
      if (!stopped_) write(std::move(round));
    });
  });
  if (!queued) alarm_.set(clock_.now() + after_failure);
}

void Rounds::write(Round round) {
  auto again = std::make_shared<Timestamp>(clock_.now() + after_failure);
  store_.write(
      [round = std::move(round), policy = policy_.current(), now = clock_.now(),
       again](Ledger& ledger) -> Result<void> {
        const auto next = round(ledger, *policy, now);
        if (!next) return std::unexpected(next.error());
        *again = *next;
        return {};
      },
      [this, again](const Result<void>&) {  // the store counts and shows its own failures
        scheduler_.post([this, again] {
          if (!stopped_) alarm_.set(*again);
        });
      });
}

}  // namespace countersign::app
