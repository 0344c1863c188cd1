#include "app/dispute.hpp"

#include <sstream>

#include "app/finding.hpp"
#include "base/text.hpp"
#include "core/reconcile/verdict.hpp"

namespace countersign::app {
namespace {

constexpr std::int64_t one_by_one = 3, one_by_one_of_host = 12;
constexpr std::size_t most_words = 2000;

std::string whose(const core::Event& event) {
  auto words =
      fmt::format("{} on {}", event.user.empty() ? "somebody" : one_line(event.user, 120), one_line(event.host, 120));
  if (!event.address.empty()) words += fmt::format(" from {}", one_line(event.address, 120));
  if (event.port) words += fmt::format(" port {}", *event.port);
  return words + " at " + to_rfc3339(event.time);
}

std::string finding_words(const StoredEvent& login) {
  const auto what = login.verdict == core::verdict::missing_log      ? "A login that no log tells of: "
                    : login.verdict == core::verdict::missing_kernel ? "A log line that the kernel knows nothing of: "
                                                                     : "The witnesses differ on a login: ";
  return what + whose(login.event) + ". " + login.reasons;
}

/// The how-manieth of its group within the hour this is.
Result<std::int64_t> count_of_group(Ledger& ledger, const std::string& group, Timestamp now) {
  const auto name = "findings " + group;
  const auto hour = std::chrono::floor<std::chrono::hours>(now).time_since_epoch().count();
  const auto mark = ledger.mark(name);
  if (!mark) return std::unexpected(mark.error());
  std::int64_t at = 0, n = 0;
  std::istringstream words(mark->value_or(""));
  if (!(words >> at >> n) || at != hour) n = 0;
  if (auto set = ledger.set_mark(name, fmt::format("{} {}", hour, n + 1)); !set) return std::unexpected(set.error());
  return n + 1;
}

/// The provider that has said nothing for anybody since the login happened; empty: one of the host's still speaks.
Result<std::string> silent_provider(Ledger& ledger, const StoredEvent& login) {
  const auto streams = ledger.streams(login.event.host);
  if (!streams) return std::unexpected(streams.error());
  std::string silent;
  for (const auto& stream : streams->all) {
    if (stream.witness != "log") continue;
    const auto last = ledger.last_heard(stream.source);
    if (!last) return std::unexpected(last.error());
    if (*last && **last > login.event.time) return std::string();
    silent = stream.source;
  }
  return silent;
}

Result<std::string> key_of(Ledger& ledger, const StoredEvent& login, std::string_view told_as, Timestamp now) {
  if (!told_as.empty()) return fmt::format("{} of {} as {}", login.verdict, login.event.host, told_as);
  std::string provider;
  if (login.verdict == core::verdict::missing_log) {
    auto silent = silent_provider(ledger, login);
    if (!silent) return silent;
    provider = *std::move(silent);
  }
  auto group = provider.empty() ? fmt::format("{} of {}", login.verdict, login.event.user)
                                : fmt::format("{} by {}", login.verdict, provider);
  if (!provider.empty()) {  // its silence stands already: whatever it should have told belongs to that
    const auto standing = standing_finding(ledger, login.verdict, group);
    if (!standing) return std::unexpected(standing.error());
    if (*standing) return group;
  }
  const auto of_group = count_of_group(ledger, group, now);
  if (!of_group) return std::unexpected(of_group.error());
  if (*of_group > one_by_one) return group;
  const auto host = fmt::format("{} on {}", login.verdict, login.event.host);
  const auto of_host = count_of_group(ledger, host, now);
  if (!of_host) return std::unexpected(of_host.error());
  return *of_host > one_by_one_of_host ? host : to_text(login.id);
}

Result<void> raise(Ledger& ledger, const Policy& policy, StoredEvent& login, std::string_view told_as, Timestamp now) {
  auto key = key_of(ledger, login, told_as, now);
  if (!key) return std::unexpected(key.error());
  Finding finding;
  finding.kind = login.verdict;
  finding.key = *std::move(key);
  finding.event = login.event;
  finding.reason = finding_words(login);
  finding.subject = policy.directory.attribute(login.event).person;
  finding.about = login.id;
  const auto raised = grow_finding(ledger, policy, std::move(finding), now);
  if (!raised) return std::unexpected(raised.error());
  login.finding = raised->approval;
  return {};
}

/// What the finding said stays; what became of the login is added.
Result<void> amend(Ledger& ledger, const StoredEvent& login, Timestamp now) {
  const auto approval = ledger.approval(login.finding);
  if (!approval) return std::unexpected(approval.error());
  const auto which = approval->events.size() > 1 ? whose(login.event) : std::string("this login");
  const auto words = fmt::format("Since {}: {} is {}: {}.", to_rfc3339(std::chrono::floor<std::chrono::seconds>(now)),
                                 which, login.verdict, login.reasons);
  if (approval->reason.size() + words.size() > most_words) return ledger.revise_messages(login.finding, now, false);
  return amend_finding(ledger, login.finding, approval->reason + " " + words, now);
}

}  // namespace

Result<void> dispute(Ledger& ledger, const Policy& policy, StoredEvent& login, std::string_view told_as,
                     Timestamp now) {
  if (login.finding) return amend(ledger, login, now);
  if (core::is_finding(login.verdict)) return raise(ledger, policy, login, told_as, now);
  return {};
}

}  // namespace countersign::app
