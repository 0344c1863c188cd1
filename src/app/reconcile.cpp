#include "app/reconcile.hpp"

#include "app/judge_login.hpp"

namespace countersign::app {
namespace {

constexpr std::size_t looks_at_once = 200;
// For so long after its deadline what an agent spooled, or a host's first log line, may still change a verdict.
constexpr Duration let_go_after = std::chrono::days(7);
constexpr auto after_failure = std::chrono::seconds(1);

}  // namespace

Reconcile::Reconcile(Store& store, Scheduler& scheduler, const Clock& clock, const PolicySource& policy)
    : store_(store), scheduler_(scheduler), clock_(clock), policy_(policy), alarm_(scheduler, clock, [this] {
        look();
      }) {}

void Reconcile::wake() {
  scheduler_.post([this] { look(); });
}

void Reconcile::stop() {
  stopped_ = true;
  alarm_.stop();
}

void Reconcile::look() {
  if (stopped_) return;
  if (busy_) {
    again_ = true;
    return;
  }
  busy_ = true;
  struct Seen {
    std::optional<Timestamp> next;
    bool more = false;
  };
  auto seen = std::make_shared<Seen>();
  store_.write(
      [policy = policy_.current(), now = clock_.now(), seen](Ledger& ledger) -> Result<void> {
        const auto due = ledger.due_looks(now, looks_at_once);
        if (!due) return std::unexpected(due.error());
        for (const auto login : *due)
          if (auto judged = judge_login(ledger, *policy, login, now); !judged) return judged;
        if (auto gone = ledger.let_go(now - let_go_after, looks_at_once); !gone) return gone;
        seen->more = due->size() == looks_at_once;
        const auto next = ledger.next_look();
        if (!next) return std::unexpected(next.error());
        seen->next = *next;
        return {};
      },
      [this, seen](Result<void> written) {
        scheduler_.post([this, seen, written = std::move(written)] { looked(written, seen->next, seen->more); });
      });
}

void Reconcile::looked(const Result<void>& written, std::optional<Timestamp> next, bool more) {
  busy_ = false;
  if (stopped_) return;
  if (again_ || more) {
    again_ = false;
    return look();
  }
  if (!written)
    alarm_.set(clock_.now() + after_failure);  // the store counts and shows its own failures
  else if (next)
    alarm_.set(*next);
}

}  // namespace countersign::app
