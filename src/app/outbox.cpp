#include "app/outbox.hpp"
#include "app/origin.hpp"

#include <algorithm>

#include "app/delivered.hpp"
#include "app/origin.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"

namespace countersign::app {
namespace {

constexpr auto ask_again_after = std::chrono::seconds(1);

/// Buttons are shown while something under them can still be decided, and never on what is only told.
bool wants_buttons(const Claim& claim) {
  const auto& purpose = claim.notification.purpose;
  if (!claim.approval.id || purpose == "notice" || purpose == "denial") return false;
  // What was said in somebody's name they can take back for as long as it stands.
  if (purpose == "receipt")
    return claim.notification.to == claim.approval.subject &&
           std::ranges::find(claim.approval.events, core::ApprovalState::approved, &core::Asked::state) !=
               claim.approval.events.end();
  // A rerouted approval is decided through the channel's messages only.
  if (claim.notification.to != core::security_channel && claim.notification.to != claim.approval.person) return false;
  return claim.approval.state == core::ApprovalState::pending;
}

Button button_of(const Claim& claim, std::string_view value) {
  Button button{crypto::sha256(value), claim.notification.id, claim.approval.id, {}, claim.notification.to};
  for (const auto& asked : claim.approval.events)
    button.events.push_back(asked.event);
  return button;
}

/// What the claim's message bears for a button; empty: none.
Result<std::string> offer_button(Ledger& ledger, Random& random, const Claim& claim) {
  if (!wants_buttons(claim)) return std::string();
  auto value = crypto::make_token(random);
  if (auto added = ledger.add(button_of(claim, value)); !added) return std::unexpected(added.error());
  return value;
}

OwedMessage message_of(const Claim& claim, std::string button) {
  const bool tried = claim.fence > 1 && claim.notification.remote_message.empty();
  OwedMessage message{claim.notification, claim.approval, claim.events, std::move(button), {}, tried};
  if (claim.notification.to != claim.approval.subject)
    for (auto& event : message.events)
      event.news = news_for_others(std::move(event.news), claim.approval.subject);
  message.thread_channel = claim.thread_channel;
  message.thread_message = claim.thread_message;
  return message;
}

}  // namespace

struct Outbox::Taken {
  std::vector<std::pair<Claim, std::vector<std::string>>>
      claims;  // with its button's value, or empty; then the others'
  std::optional<Timestamp> next;
  bool more = false;
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
  stopped_ = true;
  alarm_.stop();
  idle_ = std::move(idle);
  rest();
}

void Outbox::claim() {
  if (stopped_) return;
  if (claiming_ || under_way_ >= settings_.at_once) {
    again_ = true;
    return;
  }
  claiming_ = true;
  again_ = false;
  auto taken = std::make_shared<Taken>();
  store_.write_repeatable(
      [this, taken, first = !begun_, now = clock_.now(),
       room = settings_.at_once - under_way_](Ledger& ledger) -> Result<void> {
        *taken = {};
        // What an earlier life of this worker was delivering when it was killed need not wait for its lease to end.
        if (first)
          if (auto released = ledger.release_leases(settings_.worker); !released) return released;
        const auto space = [this, now](std::string_view target) { return pace_.room(target, now); };
        auto claims = ledger.claim_due(now, settings_.worker, settings_.lease, room, space);
        if (!claims) return std::unexpected(claims.error());
        taken->more = claims->size() == room;
        for (auto& claim : *claims) {
          std::vector<std::string> values;
          auto value = offer_button(ledger, random_, claim);
          if (!value) return std::unexpected(value.error());
          values.push_back(*std::move(value));
          for (const auto& other : claim.others) {
            value = offer_button(ledger, random_, other);
            if (!value) return std::unexpected(value.error());
            values.push_back(*std::move(value));
          }
          taken->claims.emplace_back(std::move(claim), std::move(values));
        }
        auto next = ledger.next_delivery(space);
        if (!next) return std::unexpected(next.error());
        taken->next = *next;
        return {};
      },
      [this, taken](Result<void> result) {
        scheduler_.post([this, taken, result = std::move(result)] {
          claiming_ = false;
          begun_ = begun_ || result.has_value();
          if (result) return claimed(std::move(*taken));
          alarm_.set(clock_.now() + ask_again_after);  // the store counts and shows its own failures
          rest();
        });
      });
}

void Outbox::claimed(Taken taken) {
  under_way_ += taken.claims.size();
  for (auto& [claim, buttons] : taken.claims) {
    if (claim.notification.remote_message.empty()) pace_.spend(claim.notification.to, clock_.now());
    deliver(std::move(claim), std::move(buttons));
  }
  if (taken.next && !stopped_) alarm_.set(*taken.next);
  if (again_ || taken.more) claim();
  rest();
}

void Outbox::deliver(Claim claim, std::vector<std::string> buttons) {
  auto message = message_of(claim, std::move(buttons.at(0)));
  for (std::size_t i = 0; i < claim.others.size(); ++i) {
    message.others.push_back(message_of(claim.others[i], std::move(buttons.at(i + 1))));
    message.tried |= message.others.back().tried;
  }
  auto written_down = [this, claim = std::move(claim)](std::expected<Posted, Undelivered> answer) mutable {
    store_.write_repeatable(
        [policy = policy_.current(), claim = std::move(claim), answer = std::move(answer),
         now = clock_.now()](Ledger& ledger) { return record(ledger, policy->schedule, claim, answer, now); },
        [this](Result<void> result) {
          scheduler_.post([this, result = std::move(result)]() mutable { written(std::move(result)); });
        });
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
void Outbox::written(Result<void> result) {
  --under_way_;
  if (!result && !stopped_) alarm_.set(clock_.now() + settings_.lease);
  if (again_) claim();
  rest();
}

void Outbox::rest() {
  if (stopped_ && idle_ && !claiming_ && under_way_ == 0) std::exchange(idle_, nullptr)();
}

}  // namespace countersign::app
