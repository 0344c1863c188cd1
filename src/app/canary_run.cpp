// One run of a canary in the store: how it begins, what has carried it so far, and what is said when it is over.
#include <fmt/format.h>

#include "app/canary.hpp"
#include "app/finding.hpp"
#include "core/reconcile/verdict.hpp"

namespace countersign::app {
namespace {

constexpr std::string_view message_mark = "canary.message";  // "DAY ID"

std::string finding_mark(std::string_view host) {
  return fmt::format("canary.finding.{}", host);
}

std::string day_of(Timestamp now) {
  return to_rfc3339(std::chrono::floor<std::chrono::days>(now)).substr(0, 10);
}

/// The newest of every host, a line each.
Result<std::string> words_of_all(Ledger& ledger, Timestamp now) {
  const auto runs = ledger.canary_runs();
  if (!runs) return std::unexpected(runs.error());
  std::string text;
  for (const auto& run : *runs)
    text += fmt::format("{}{}, {}", text.empty() ? "" : "\n", core::words_of(run, core::steps_of(run, now)),
                        to_rfc3339(std::chrono::floor<std::chrono::seconds>(run.started_at)));
  return text;
}

/// The day's message says what all runs came to; none where nothing is sent.
Result<Id> tell(Ledger& ledger, const core::Schedule& schedule, Timestamp now) {
  if (schedule.shadow) return Id{};
  auto text = words_of_all(ledger, now);
  if (!text) return std::unexpected(text.error());
  const auto mark = ledger.mark(message_mark);
  if (!mark) return std::unexpected(mark.error());
  const auto day = day_of(now);
  if (*mark && (*mark)->starts_with(day + " "))
    if (const auto id = parse_id(std::string_view(**mark).substr(day.size() + 1))) {
      if (auto amended = ledger.amend(*id, *text, now); !amended) return std::unexpected(amended.error());
      return *id;
    }
  Notification notification;
  notification.id = ledger.new_id();
  notification.purpose = "canary";
  notification.to = core::security_channel;
  notification.detail = *std::move(text);
  notification.due_at = notification.created_at = now;
  if (auto added = ledger.add(notification); !added) return std::unexpected(added.error());
  if (auto set = ledger.set_mark(message_mark, fmt::format("{} {}", day, to_text(notification.id))); !set)
    return std::unexpected(set.error());
  return notification.id;
}

std::optional<Timestamp> first_arrival(const StoredEvent& login, std::string_view witness) {
  std::optional<Timestamp> first;
  for (const auto& sighting : login.sightings)
    if (sighting.witness == witness && (!first || sighting.received_at < *first)) first = sighting.received_at;
  return first;
}

Result<void> follow(Ledger& ledger, core::CanaryRun& run, Timestamp now) {
  const auto login = ledger.canary_login(run);
  if (!login) return std::unexpected(login.error());
  if (*login) {
    run.event = (*login)->id;
    run.log_at = first_arrival(**login, "log");
    run.kernel_at = first_arrival(**login, "kernel");
    run.verdict = (*login)->verdict;
    if (run.verdict == core::verdict::matched && !run.verdict_at) run.verdict_at = now;
  }
  if (!run.message || run.message_at) return {};
  const auto taken = ledger.taken_since(run.message, run.started_at);
  if (!taken) return std::unexpected(taken.error());
  if (*taken) run.message_at = now;
  return {};
}

Result<void> raise(Ledger& ledger, const Policy& policy, const core::CanaryRun& run, const std::string& words,
                   Timestamp now) {
  Finding finding;
  finding.kind = "canary";
  finding.key = run.host;
  finding.event.host = run.host;
  finding.event.user = run.user;
  finding.event.time = run.started_at;
  finding.reason = words;
  const auto raised = raise_finding(ledger, policy, std::move(finding), now);
  if (!raised) return std::unexpected(raised.error());
  if (!raised->fresh)
    if (auto amended = amend_finding(ledger, raised->approval, words, now); !amended) return amended;
  return ledger.set_mark(finding_mark(run.host), to_text(raised->approval));
}

/// A finding that stands says that it is mended; it stays somebody's to sign off.
Result<void> mend(Ledger& ledger, const core::CanaryRun& run, Timestamp now) {
  const auto mark = ledger.mark(finding_mark(run.host));
  if (!mark) return std::unexpected(mark.error());
  const auto id = parse_id(mark->value_or(""));
  if (!id) return {};
  const auto approval = ledger.approval(*id);
  if (approval) {
    const auto words = fmt::format("{}; carried again at {}", approval->reason,
                                   to_rfc3339(std::chrono::floor<std::chrono::seconds>(now)));
    if (auto amended = amend_finding(ledger, *id, words, now); !amended) return amended;
  }
  return ledger.set_mark(finding_mark(run.host), "");
}

Result<void> finish(Ledger& ledger, const Policy& policy, core::CanaryRun& run, Timestamp now) {
  run.finished_at = now;
  if (auto written = ledger.put(run); !written) return written;
  const auto steps = core::steps_of(run, now);
  const bool carried = core::all_carried(steps);
  if (auto counted = ledger.count(carried ? "canary.carried" : "canary.failed", 1, now); !counted) return counted;
  if (auto told = carried ? mend(ledger, run, now) : raise(ledger, policy, run, core::words_of(run, steps), now); !told)
    return told;
  if (const auto told = tell(ledger, policy.schedule, now); !told) return std::unexpected(told.error());
  return {};
}

}  // namespace

Result<core::CanaryRun> begin_canary(Ledger& ledger, const Policy& policy, const CanarySettings& canary,
                                     Timestamp now) {
  core::CanaryRun run;
  run.id = ledger.new_id();
  run.host = canary.host;
  run.user = canary.user;
  run.key = canary.key;
  run.started_at = now;
  run.within = canary.within;
  const auto coverage = ledger.coverage(canary.host, "kernel", now, now);
  if (!coverage) return std::unexpected(coverage.error());
  run.kernel_owed = coverage->enrolled;
  if (auto written = ledger.put(run); !written) return std::unexpected(written.error());
  const auto message = tell(ledger, policy.schedule, now);
  if (!message) return std::unexpected(message.error());
  run.message = *message;
  if (auto written = ledger.put(run); !written) return std::unexpected(written.error());
  return run;
}

Result<void> look_at_canaries(Ledger& ledger, const Policy& policy, Timestamp now) {
  auto runs = ledger.open_canary_runs();
  if (!runs) return std::unexpected(runs.error());
  for (auto& run : *runs) {
    if (auto followed = follow(ledger, run, now); !followed) return followed;
    const bool over = core::is_over(core::steps_of(run, now));
    if (auto written = over ? finish(ledger, policy, run, now) : ledger.put(run); !written) return written;
  }
  return {};
}

}  // namespace countersign::app
