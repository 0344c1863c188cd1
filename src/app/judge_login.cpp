#include "app/judge_login.hpp"

#include <algorithm>

#include "app/aliases.hpp"
#include "app/audit_detail.hpp"
#include "app/dispute.hpp"
#include "app/same_login.hpp"
#include "core/reconcile/verdict.hpp"

namespace countersign::app {
namespace {

using core::Testimony;

constexpr Duration late_elsewhere = std::chrono::hours(1);
constexpr Duration longest_trying = std::chrono::minutes(2);  // sshd_config(5), LoginGraceTime

const Testimony* first_of(const std::vector<Testimony>& accounts, auto which) {
  const Testimony* first = nullptr;
  for (const auto& account : accounts)
    if (which(account) && (!first || account.received_at < first->received_at)) first = &account;
  return first;
}

/// How late each side spoke, and how its stamps lie to the kernel's, once for each login that both told of.
Result<void> learn(Ledger& ledger, core::Streams& streams, const std::vector<Testimony>& accounts) {
  const auto* kernel = first_of(accounts, core::is_agents_kernel);
  const auto* log =
      first_of(accounts, [](const Testimony& account) { return account.witness == "log" && account.live; });
  if (!kernel || !log) return {};
  const auto lag = log->received_at - kernel->received_at;
  const auto& host = kernel->event.host;
  auto& of_log = streams.of(log->source, log->witness);
  of_log.lag.add(std::max(lag, Duration::zero()));
  if (!log->arrival_stamped) of_log.offset.add(log->event.time - kernel->event.time);
  if (auto kept = ledger.learnt(host, of_log); !kept) return kept;
  auto& of_kernel = streams.of(kernel->source, kernel->witness);
  of_kernel.lag.add(std::max(-lag, Duration::zero()));
  return ledger.learnt(host, of_kernel);
}

/// The kernel saw it, and by now its log's account should be here.
bool lacks_log(const core::Evidence& evidence, const core::ReconcileSettings& settings, Timestamp now) {
  return std::ranges::none_of(evidence.accounts, [](const Testimony& a) { return a.witness == "log"; }) &&
         now >= core::watch_of(evidence.accounts, evidence.streams, settings).deadline;
}

Result<core::Evidence> evidence_of(Ledger& ledger, const Policy& policy, const StoredEvent& login,
                                   std::vector<Testimony> accounts, core::Streams streams, Timestamp now) {
  core::Evidence evidence;
  const auto* host = policy.directory.host(login.event.host);
  evidence.log_owed = host && host->log;
  evidence.beyond_kernel = login.verdict == core::verdict::not_applicable;
  evidence.accounts = std::move(accounts);
  evidence.streams = std::move(streams);
  if (std::ranges::any_of(evidence.accounts, core::is_kernel) && lacks_log(evidence, policy.reconcile(), now)) {
    const auto told = find_elsewhere(ledger, policy, login, evidence.accounts);
    if (!told) return std::unexpected(told.error());
    if (*told) std::tie(evidence.told_as, evidence.told_by) = std::tie((*told)->name, (*told)->source);
  }
  if (std::ranges::any_of(evidence.accounts, core::is_agents_kernel)) return evidence;
  const auto watch = core::watch_of(evidence.accounts, evidence.streams, policy.reconcile());
  auto coverage = ledger.coverage(login.event.host, "kernel", watch.since, watch.deadline);
  if (!coverage) return std::unexpected(coverage.error());
  evidence.coverage = *std::move(coverage);
  for (const auto& account : evidence.accounts) {
    if (!account.event.port || account.event.address.empty()) continue;
    // It may have been there for as long as sshd lets a client try.
    const auto started = ledger.connection_started(login.event.host, account.event.address, *account.event.port,
                                                   watch.since - longest_trying, watch.deadline);
    if (!started) return std::unexpected(started.error());
    evidence.connection_started |= *started;
  }
  return evidence;
}

/// Those whose verdict this change may change.
Result<void> look_at(Ledger& ledger, const std::vector<StoredEvent>& others, Timestamp now) {
  for (const auto& other : others)
    if (auto due = ledger.unsettle({other.id, other.event.host, other.event.time, now, now}); !due) return due;
  return {};
}

bool shows(std::string_view verdict) {
  return verdict == core::verdict::matched || core::is_finding(verdict);
}

}  // namespace

Result<void> judge_login(Ledger& ledger, const Policy& policy, Id id, Timestamp now) {
  auto login = ledger.login(id);
  if (!login && login.error().fault == Fault::not_found) return ledger.settle(id);  // erased meanwhile
  if (!login) return std::unexpected(login.error());
  auto streams = ledger.streams(login->event.host);
  if (!streams) return std::unexpected(streams.error());
  auto connection = connection_of(ledger, policy, *login, *streams);
  if (!connection) return std::unexpected(connection.error());
  if (connection->accounts.empty()) return ledger.settle(id);

  const auto evidence = evidence_of(ledger, policy, *login, connection->accounts, *streams, now);
  if (!evidence) return std::unexpected(evidence.error());
  auto judgement = core::judge(*evidence, policy.reconcile(), now);
  const bool changed = login->verdict != judgement.verdict || login->independent != judgement.independent;
  const auto before = login->verdict;
  if (changed || login->reasons != judgement.reasons) {
    login->verdict = judgement.verdict;
    login->independent = judgement.independent;
    login->reasons = judgement.reasons;
    if (auto disputed = dispute(ledger, policy, *login, *evidence, judgement, now); !disputed) return disputed;
    if (auto written = ledger.judged(*login); !written) return written;
  }
  if (changed) {
    // One taken back is no news for who follows verdicts, so it has a kind of its own.
    const auto* const kind = login->verdict == core::verdict::waiting ? "reopened" : "verdict";
    if (auto noted = ledger.audit(now, kind, "countersign", detail_of_verdict(*login, before)); !noted) return noted;
    if (login->verdict == core::verdict::matched)
      if (auto learned = learn(ledger, *streams, connection->accounts); !learned) return learned;
    if (login->approval && (shows(before) || shows(login->verdict)))
      if (auto revised = ledger.revise_messages(login->approval, now, false); !revised) return revised;
    if (auto looked = look_at(ledger, connection->neighbours, now); !looked) return looked;
  }
  const bool closed = !judgement.look_again &&
                      (login->verdict == core::verdict::matched || login->verdict == core::verdict::mismatch ||
                       login->verdict == core::verdict::unenrolled || login->verdict == core::verdict::not_applicable);
  if (closed) return ledger.settle(id);
  const auto watch = core::watch_of(evidence->accounts, evidence->streams, policy.reconcile());
  // Its line may be late under a name that is not its host's, and then nothing else asks for another look.
  const auto last_look = watch.deadline + late_elsewhere;
  if (!judgement.look_again && now < last_look && evidence->told_as.empty() &&
      lacks_log(*evidence, policy.reconcile(), now) && std::ranges::any_of(evidence->accounts, core::is_kernel))
    judgement.look_again = last_look;
  return ledger.unsettle({id, login->event.host, watch.since, watch.deadline, judgement.look_again});
}

}  // namespace countersign::app
