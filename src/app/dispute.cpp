#include "app/dispute.hpp"

#include <algorithm>
#include <sstream>

#include "app/finding.hpp"
#include "app/would_ask.hpp"
#include "base/text.hpp"
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

std::string_view kind_of(const StoredEvent& login) {
  return core::is_finding(login.verdict) ? std::string_view(login.verdict) : core::accounts_differ;
}

std::string finding_words(const StoredEvent& login, std::string_view unasked) {
  const auto what = login.verdict == core::verdict::missing_log      ? "A login that no log tells of: "
                    : login.verdict == core::verdict::missing_kernel ? "A log line that the kernel knows nothing of: "
                    : login.verdict == core::verdict::mismatch       ? "The witnesses differ on a login: "
                                                                     : "Accounts of one login differ: ";
  return fmt::format("{}{}. {}{}", what, whose(login.event), unasked, login.reasons);
}

/// Who is meant; where the event's own words mean nobody, who one of the accounts that differ means.
std::string subject_of(const Policy& policy, const StoredEvent& login, const core::Evidence& evidence,
                       const core::Judgement& judgement) {
  auto person = policy.directory.attribute(login.event).person;
  for (const auto place : judgement.differing)
    if (person.empty()) person = policy.directory.attribute(evidence.accounts[place].event).person;
  return person;
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
  const auto kind = kind_of(login);
  if (!told_as.empty()) return fmt::format("{} of {} as {}", kind, login.event.host, told_as);
  std::string provider;
  if (kind == core::verdict::missing_log) {
    auto silent = silent_provider(ledger, login);
    if (!silent) return silent;
    provider = *std::move(silent);
  }
  auto group =
      provider.empty() ? fmt::format("{} of {}", kind, login.event.user) : fmt::format("{} by {}", kind, provider);
  if (!provider.empty()) {  // its silence stands already: whatever it should have told belongs to that
    const auto standing = standing_finding(ledger, kind, group);
    if (!standing) return std::unexpected(standing.error());
    if (*standing) return group;
  }
  const auto of_group = count_of_group(ledger, group, now);
  if (!of_group) return std::unexpected(of_group.error());
  if (*of_group > one_by_one) return group;
  const auto host = fmt::format("{} on {}", kind, login.event.host);
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

Result<void> raise(Ledger& ledger, const Policy& policy, StoredEvent& login, const core::Evidence& evidence,
                   const core::Judgement& judgement, Timestamp now) {
  auto key = key_of(ledger, login, evidence.told_as, now);
  if (!key) return std::unexpected(key.error());
  const auto unasked = unasked_words(ledger, policy, login, evidence, judgement, now);
  if (!unasked) return std::unexpected(unasked.error());
  Finding finding;
  finding.kind = kind_of(login);
  finding.key = *std::move(key);
  finding.event = login.event;
  finding.reason = finding_words(login, *unasked);
  finding.subject = subject_of(policy, login, evidence, judgement);
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
Result<bool> amend(Ledger& ledger, const StoredEvent& login, std::string_view unasked, Timestamp now) {
  const auto approval = ledger.approval(login.finding);
  if (!approval) return std::unexpected(approval.error());
  const auto which = approval->events.size() > 1 ? whose(login.event) : std::string("this login");
  const auto words = fmt::format("Since {}: {} is {}: {}{}.", to_rfc3339(std::chrono::floor<std::chrono::seconds>(now)),
                                 which, login.verdict, unasked, login.reasons);
  const bool fits = approval->reason.size() + words.size() <= most_words;
  const auto amended = fits ? amend_finding(ledger, login.finding, approval->reason + " " + words, now)
                            : ledger.revise_messages(login.finding, now, false);
  if (!amended) return std::unexpected(amended.error());
  return fits;
}

}  // namespace

Result<void> dispute(Ledger& ledger, const Policy& policy, StoredEvent& login, const core::Evidence& evidence,
                     const core::Judgement& judgement, Timestamp now) {
  if (!login.finding && judgement.disputes.empty()) return {};
  const auto fresh = untold(ledger, login.id, judgement.disputes);
  if (!fresh) return std::unexpected(fresh.error());
  const auto open = login.finding ? is_open(ledger, login.finding) : Result<bool>(false);
  if (!open) return std::unexpected(open.error());
  if (*open) {
    const auto unasked =
        fresh->empty() ? Result<std::string>() : unasked_words(ledger, policy, login, evidence, judgement, now);
    if (!unasked) return std::unexpected(unasked.error());
    const auto amended = amend(ledger, login, *unasked, now);
    if (!amended) return std::unexpected(amended.error());
    return *amended ? note_told(ledger, login.id, *fresh) : Result<void>();
  }
  if (fresh->empty()) return {};
  if (auto raised = raise(ledger, policy, login, evidence, judgement, now); !raised) return raised;
  return note_told(ledger, login.id, *fresh);
}

}  // namespace countersign::app
