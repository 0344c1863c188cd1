#include "app/dispute.hpp"

#include <algorithm>
#include <sstream>

#include "app/finding.hpp"
#include "base/text.hpp"
#include "core/reconcile/verdict.hpp"
#include "crypto/digest.hpp"

namespace countersign::app {
namespace {

constexpr std::int64_t one_by_one = 3, one_by_one_of_host = 12;
constexpr std::size_t most_words = 2000;
constexpr std::size_t digest_size = 16;

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

/// What of it no finding about the login told of yet, as digests.
Result<std::vector<std::string>> untold(Ledger& ledger, Id login, const std::set<std::string>& disputes) {
  const auto told = ledger.disputed(login);
  if (!told) return std::unexpected(told.error());
  std::vector<std::string> fresh;
  for (const auto& what : disputes)
    if (auto digest = crypto::sha256(what).substr(0, digest_size); std::ranges::find(*told, digest) == told->end())
      fresh.push_back(std::move(digest));
  return fresh;
}

Result<void> note_told(Ledger& ledger, Id login, const std::vector<std::string>& fresh) {
  for (const auto& digest : fresh)
    if (auto noted = ledger.add_disputed(login, digest); !noted) return noted;
  return {};
}

/// Whether the login's finding still waits for somebody's word.
Result<bool> is_open(Ledger& ledger, Id finding) {
  const auto approval = ledger.approval(finding);
  if (approval) return approval->state == core::ApprovalState::pending;
  if (approval.error().fault != Fault::not_found) return std::unexpected(approval.error());
  return false;
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
  finding.earlier = login.finding;
  if (login.finding)
    finding.reason +=
        fmt::format(" An earlier finding about this login, {}, was settled before this came.", to_text(login.finding));
  const auto raised = grow_finding(ledger, policy, std::move(finding), now);
  if (!raised) return std::unexpected(raised.error());
  login.finding = raised->approval;
  return {};
}

/// What the finding said stays; what became of the login is added. False where there is no room for it.
Result<bool> amend(Ledger& ledger, const StoredEvent& login, Timestamp now) {
  const auto approval = ledger.approval(login.finding);
  if (!approval) return std::unexpected(approval.error());
  const auto which = approval->events.size() > 1 ? whose(login.event) : std::string("this login");
  const auto words = fmt::format("Since {}: {} is {}: {}.", to_rfc3339(std::chrono::floor<std::chrono::seconds>(now)),
                                 which, login.verdict, login.reasons);
  const bool fits = approval->reason.size() + words.size() <= most_words;
  const auto amended = fits ? amend_finding(ledger, login.finding, approval->reason + " " + words, now)
                            : ledger.revise_messages(login.finding, now, false);
  if (!amended) return std::unexpected(amended.error());
  return fits;
}

}  // namespace

Result<void> dispute(Ledger& ledger, const Policy& policy, StoredEvent& login, const std::set<std::string>& disputes,
                     std::string_view told_as, Timestamp now) {
  if (!login.finding && disputes.empty()) return {};
  const auto fresh = untold(ledger, login.id, disputes);
  if (!fresh) return std::unexpected(fresh.error());
  const auto open = login.finding ? is_open(ledger, login.finding) : Result<bool>(false);
  if (!open) return std::unexpected(open.error());
  if (*open) {
    const auto amended = amend(ledger, login, now);
    if (!amended) return std::unexpected(amended.error());
    return *amended ? note_told(ledger, login.id, *fresh) : Result<void>();
  }
  if (fresh->empty()) return {};
  if (auto raised = raise(ledger, policy, login, told_as, now); !raised) return raised;
  return note_told(ledger, login.id, *fresh);
}

}  // namespace countersign::app
