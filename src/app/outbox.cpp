#include "app/outbox.hpp"

#include "app/delivered.hpp"
#include "app/owed_message.hpp"

namespace countersign::app {
namespace {

constexpr auto ask_again_after = std::chrono::seconds(1);

}  // namespace

struct Outbox::Taken {
  std::vector<std::pair<Claim, OwedMessage>> claims;
  std::optional<Timestamp> next;
};

Outbox::Outbox(Store& store, Scheduler& scheduler, const Clock& clock, Random& random, const PolicySource& policy,
               Chat& chat, OutboxSettings settings)
    : store_(store),
      scheduler_(scheduler),
      clock_(clock),
      random_(random),
      policy_(policy),
      chat_(chat),
      settings_(std::move(settings)),
      pace_(settings_.pace, clock.now()),
      alarm_(scheduler, clock, [this] { claim(); }) {}

void Outbox::wake() {
  scheduler_.post([this] { claim(); });
}

void Outbox::stop(Scheduler::Task idle) {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  alarm_.stop();
  idle_ = std::move(idle);
  rest();
}

void Outbox::claim() {
  if (auto next = follow_up()) store_.write(std::move(next->work), std::move(next->done));
}

std::optional<Store::FollowUp> Outbox::follow_up() {
  std::size_t room = 0;
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return std::nullopt;
    again_ = claiming_ || under_way_ >= settings_.at_once;
    if (again_) return std::nullopt;
    claiming_ = true;
    room = settings_.at_once - under_way_;
    first = !begun_;
  }
  auto taken = std::make_shared<Taken>();
  return Store::FollowUp{
      [this, taken, first, room](Ledger& ledger) { return take(ledger, first, room, *taken); },
      [this, taken](Result<void> result) {
        scheduler_.post([this, taken, result = std::move(result)] { claimed(result, std::move(*taken)); });
      }};
}

Result<void> Outbox::take(Ledger& ledger, bool first, std::size_t room, Taken& taken) {
  // What an earlier life of this worker was delivering when it was killed need not wait for its lease to end.
  if (first)
    if (auto released = ledger.release_leases(settings_.worker); !released) return released;
  const auto now = clock_.now();
  const auto space = [this, now](std::string_view target) { return pace_.room(target, now); };
  auto claimed = ledger.claim_due(now, settings_.worker, settings_.lease, room, space);
  if (!claimed) return std::unexpected(claimed.error());
  for (auto& claim : claimed->claims) {
    auto message = owed_message(ledger, random_, claim, now);
    if (!message) return std::unexpected(message.error());
    taken.claims.emplace_back(std::move(claim), *std::move(message));
  }
  taken.next = claimed->next;
  return {};
}

void Outbox::claimed(const Result<void>& result, Taken taken) {
  if (!result) taken = {{}, clock_.now() + ask_again_after};  // the store counts and shows its own failures
  for (const auto& [claim, message] : taken.claims)
    if (claim.notification.remote_message.empty()) pace_.spend(claim.notification.to, clock_.now());
  bool again = false;
  {
    const std::lock_guard lock(mutex_);
    claiming_ = false;
    begun_ = begun_ || result.has_value();
    under_way_ += taken.claims.size();
    again = again_;
  }
  for (auto& [claim, message] : taken.claims)
    deliver(std::move(claim), std::move(message));
  if (taken.next) alarm_.set(*taken.next);
  if (again) claim();
  rest();
}

void Outbox::deliver(Claim claim, OwedMessage message) {
  auto written_down = [this, claim = std::move(claim)](std::expected<Posted, Undelivered> answer) mutable {
    // Not even an alarm, which overtakes, is sent before.
    if (!answer && answer.error().kind == Undelivered::Kind::wait && answer.error().retry_after)
      pace_.hold(claim.notification.to, clock_.now() + *answer.error().retry_after);
    store_.write_repeatable(
        [policy = policy_.current(), claim = std::move(claim), answer = std::move(answer),
         now = clock_.now()](Ledger& ledger) { return record(ledger, policy->schedule, claim, answer, now); },
        [this](Result<void> result) { scheduler_.post([this, result = std::move(result)] { written(result); }); });
  };
  const auto policy = policy_.current();
  if (auto address = chat_.address(policy->directory, message.notification.to)) {
    message.recipient = *std::move(address);
    if (const auto span = policy->schedule.trust_for; span > Duration::zero())
      message.same_for = countersign::to_text(span);
    chat_.deliver(std::move(message), std::move(written_down));
  } else {
    written_down(
        std::unexpected(Undelivered{Undelivered::Kind::bad_target,
                                    fmt::format("no chat address is configured for {}", message.notification.to),
                                    {}}));
  }
}

/// Where the outcome could not be written, the lease runs out and the message is delivered again: at least once.
void Outbox::written(const Result<void>& result) {
  bool again = false;
  {
    const std::lock_guard lock(mutex_);
    --under_way_;
    again = again_;
  }
  if (!result) alarm_.set(clock_.now() + settings_.lease);
  if (again) claim();
  rest();
}

void Outbox::rest() {
  {
    const std::lock_guard lock(mutex_);
    if (!stopped_ || claiming_ || under_way_ > 0) return;
  }
  if (idle_) std::exchange(idle_, nullptr)();
}

}  // namespace countersign::app
