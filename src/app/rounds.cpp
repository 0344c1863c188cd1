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

void Rounds::start() {
  alarm_.set(clock_.now() + patience_);
}

void Rounds::stop() {
  stopped_ = true;
  alarm_.stop();
}

void Rounds::look() {
  if (stopped_) return;
  auto again = std::make_shared<Timestamp>(clock_.now() + after_failure);
  store_.write(
      [round = round_, policy = policy_.current(), now = clock_.now(), again](Ledger& ledger) -> Result<void> {
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
