#include "core/expected.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "core/directory.hpp"
#include "core/expected_scope.hpp"
#include "core/host_name.hpp"

namespace countersign::core {
namespace {

constexpr std::size_t most_trusts = 20;  // of one approval

/// The same host, or one that shares a group with it.
bool same_group(const Directory& directory, std::string_view one, std::string_view other) {
  if (canonical_host(one) == canonical_host(other)) return true;
  const auto* first = directory.host(one);
  const auto* second = directory.host(other);
  if (!first || !second) return false;
  return first == second || std::ranges::any_of(first->groups, [&](const auto& group) {
           return std::ranges::find(second->groups, group) != second->groups.end();
         });
}

/// Whether the account is listed for others and not for this person.
bool is_anothers(const Directory& directory, std::string_view account, std::string_view person) {
  const auto lists = [&](const Person& one) {
    return std::ranges::find(one.accounts, account, &Account::user) != one.accounts.end();
  };
  const auto& entries = directory.entries();
  if (std::ranges::find(entries.services, account, &ServiceAccount::user) != entries.services.end()) return true;
  const auto* own = directory.person(person);
  if (own && lists(*own)) return false;
  return std::ranges::any_of(entries.people, lists);
}

}  // namespace

std::string proof_of(const Event& event) {
  return event.certificate.empty() ? event.key : fmt::format("{} of {}", event.certificate, event.authority);
}

bool in_scope(const ExpectedChange& change, const Event& event, std::string_view person, const Directory& directory) {
  if (!change.person.empty() && change.person != person) return false;
  if (change.network && !change.network->contains(event.address)) return false;
  if (change.trust)
    return change.account == event.user && change.key == proof_of(event) &&
           same_group(directory, change.host, event.host);
  const auto* known = directory.host(event.host);
  return (change.account.empty() || change.account == event.user) &&
         (host_glob(change.host, event.host) || (known && host_glob(change.host, known->name))) &&
         (change.key.empty() || change.key == event.key);
}

bool covers(const ExpectedChange& change, const Event& event, const Attribution& attribution, const Approval& approval,
            const Directory& directory) {
  if (attribution.person.empty() || !attribution.told.empty() || attribution.to_channel) return false;
  if (approval.person != attribution.person || approval.approvers > 1) return false;
  const bool by_team = !change.trust && change.person.empty();
  if (!by_team && (approval.severity == Severity::critical || approval.needs_reason)) return false;
  if (attribution.unknown_key && (change.trust || change.key.empty())) return false;
  const bool in_time = event.time < change.until && (!change.from || event.time >= *change.from);
  return in_time && in_scope(change, event, attribution.person, directory);
}

const ExpectedChange* covering(const std::vector<ExpectedChange>& changes, const Event& event,
                               const Attribution& attribution, const Approval& approval, const Directory& directory) {
  const auto found = std::ranges::find_if(
      changes, [&](const ExpectedChange& one) { return covers(one, event, attribution, approval, directory); });
  return found == changes.end() ? nullptr : &*found;
}

std::string words_of(const ExpectedChange& change) {
  if (change.trust)
    return fmt::format("{} approved the same before, until {}", change.author, to_rfc3339(change.until));
  return fmt::format("expected until {}: {} ({})", to_rfc3339(change.until), change.reason, change.author);
}

Result<void> announce(ExpectedChange& change, const Actor& by, const Directory& directory, Timestamp now) {
  if (change.reason.empty()) return fail(Fault::invalid, "an expected change needs a reason");
  if (change.host.empty()) change.host = "*";
  if (auto sound = check_scope(change); !sound) return sound;
  if (change.until <= now) return fail(Fault::invalid, "the end of the expected change is past");
  if (change.until > now + longest_change)
    return fail(Fault::invalid,
                "an expected change lasts at most 30 days; one for longer belongs into the configuration");
  if (!change.from || *change.from < now) change.from = now;
  if (*change.from >= change.until) return fail(Fault::invalid, "the expected change ends before it begins");
  change.author = by.name;
  if (by.security) return {};
  if (!by.is_person || !directory.person(by.name))
    return fail(Fault::forbidden, "only the security team, and people for their own logins, can announce a change");
  change.person = by.name;
  if (!change.account.empty() && is_anothers(directory, change.account, by.name))
    return fail(Fault::forbidden, "the account {} is not yours; the security team can announce changes of others",
                one_line(change.account, 60));
  return {};
}

Result<void> may_end(const ExpectedChange& change, const Actor& by, Timestamp now) {
  const bool own = by.is_person && (by.name == change.author || by.name == change.person);
  if (!by.security && !own) return fail(Fault::forbidden, "only who announced it and the security team can end this");
  if (change.ended_at) return fail(Fault::conflict, "{} ended this already", change.ended_by);
  if (change.until <= now) return fail(Fault::conflict, "this is over already");
  return {};
}

bool repeatable(const Approval& approval, const Event& event) {
  return approval.kind == "login" && !approval.subject.empty() && approval.person == approval.subject &&
         approval.reason.empty() && approval.approvers == 1 && !approval.needs_reason &&
         approval.severity != Severity::critical && !event.user.empty() && !event.host.empty() &&
         !proof_of(event).empty() && Network::parse(neighbourhood(event.address)).has_value();
}

std::vector<ExpectedChange> trusts(const Approval& approval, const std::vector<Event>& events, const Decision& decision,
                                   Timestamp until, const Directory& directory) {
  std::vector<ExpectedChange> out;
  for (const auto& event : events) {
    if (!repeatable(approval, event) || out.size() == most_trusts) continue;
    const auto attribution = directory.attribute(event);
    if (attribution.person != approval.subject || attribution.unknown_key || attribution.to_channel) continue;
    ExpectedChange trust;
    trust.trust = true;
    trust.person = approval.subject;
    trust.account = event.user;
    trust.host = event.host;
    trust.key = proof_of(event);
    trust.network = *Network::parse(neighbourhood(event.address));
    trust.reason = "yes, and the same again";
    trust.author = decision.by;
    trust.via = decision.via;
    trust.from = decision.at;
    trust.until = until;
    trust.made_from = approval.id;
    const bool known = std::ranges::any_of(
        out, [&](const ExpectedChange& one) { return in_scope(one, event, approval.subject, directory); });
    if (!known) out.push_back(std::move(trust));
  }
  return out;
}

}  // namespace countersign::core
