// What an event asks, and of whom: the approval it is asked under, found or made.
#include <algorithm>

#include "app/admission.hpp"
#include "app/audit_detail.hpp"
#include "app/finding.hpp"
#include "app/flood.hpp"
#include "app/mismatch.hpp"
#include "app/origin.hpp"
#include "app/owed.hpp"

#include "base/text.hpp"
namespace countersign::app {
namespace {

constexpr Duration digest_window = std::chrono::hours(1);
constexpr std::string_view between = "\x1f";  // in no name that a rule can capture: sshd escapes controls

core::Severity severity_of(const core::Terms& terms, const core::Host* host) {
  return host && host->severity ? std::max(terms.severity, *host->severity) : terms.severity;
}

std::string whom(const std::string& name, bool known) {
  if (known) return name;
  if (name == core::security_channel) return "the security channel";
  return fmt::format("{}, who is no configured person", one_line(name, 60));
}

/// A rule may name who is asked; a person who is not configured is the channel.
void address(core::Approval& approval, core::Attribution& attribution, const core::Terms& terms,
             const core::Directory& directory, std::string_view rule) {
  if (terms.to.empty() || terms.to == approval.person) return;
  const bool known = directory.person(terms.to) != nullptr;
  approval.person = known ? terms.to : std::string();
  approval.reason = fmt::format("the rule {} asks {}", rule, whom(terms.to, known));
  attribution.expected = false;  // a policy of the account does not answer for whom the rule wants asked
  std::erase(attribution.told, approval.person);
}

/// None joins a message that demands less of who decides it.
std::string burst_key(const core::Event& event, const core::Approval& approval) {
  if (approval.kind == "late") return fmt::format("late{}{}", between, demands_of(approval));
  const auto& proof = event.certificate.empty() ? event.key : event.certificate;
  const std::string_view who[] = {approval.person, approval.subject, event.user, proof, event.address};
  return fmt::format("{}{}{}{}{}", fmt::join(who, between), between, demands_of(approval), between, approval.reason);
}

}  // namespace

Result<void> Admission::doubt(StoredEvent& stored, std::string_view mismatch) {
  const auto& event = stored.event;
  if (const auto known = doubts_.find(event.host); known != doubts_.end()) {
    stored.approval = known->second;
    return {};
  }
  auto finding = find_mismatch(event.host, event.process, event.time, mismatch);
  finding.event.user = event.user;
  finding.subject = policy_.directory.attribute(event).person;
  const auto raised = raise_finding(ledger_, policy_, std::move(finding), now_);
  if (!raised) return std::unexpected(raised.error());
  stored.approval = raised->approval;
  doubts_.emplace(event.host, raised->approval);
  return raised->fresh ? Result<void>() : ledger_.revise_messages(raised->approval, now_, false);
}

Result<void> Admission::ask(StoredEvent& stored, const core::Terms& terms, bool finding) {
  const auto& event = stored.event;
  auto attribution = policy_.directory.attribute(event);
  core::Approval approval;
  approval.severity = severity_of(terms, policy_.directory.host(event.host));
  approval.approvers = terms.approvers;
  approval.needs_reason = terms.reason;
  approval.subject = attribution.person;
  approval.person = attribution.person;
  approval.reason = attribution.reason;
  approval.created_at = now_;
  address(approval, attribution, terms, policy_.directory, event.rule);

  auto what_is_new = news(event, attribution);
  if (!what_is_new) return std::unexpected(what_is_new.error());
  stored.news = *std::move(what_is_new);
  if (auto traced = trace(stored, attribution); !traced) return traced;

  if (finding) {
    approval.kind = "finding";
    approval.reason = "the provider's id of this message came before with other content";
    attribution.expected = false;
  } else if (event.time < now_ - policy_.schedule.ask_within) {
    approval.kind = "late";
    approval.reason =
        fmt::format("arrived more than {} after it happened", countersign::to_text(policy_.schedule.ask_within));
    attribution.expected = false;
  }
  if (approval.kind == "login" && !attribution.expected)
    if (auto covered = cover(event, approval, attribution); !covered) return covered;
  if (approval.kind != "login") approval.person.clear();
  if (attribution.expected) {
    approval.state = core::ApprovalState::expected;
    stored.state = core::ApprovalState::expected;
  }
  const bool to_person = !approval.person.empty();
  approval.addressed_to = to_person ? approval.person : std::string(core::security_channel);
  approval.escalated = !attribution.expected && (!to_person || attribution.to_channel);

  const auto window = approval.kind == "late" ? digest_window : policy_.schedule.pace(approval.severity).group_window;
  const bool groups = !attribution.expected && !finding && window > Duration::zero();
  if (groups) {
    approval.burst = burst_key(event, approval);
    // Opened or revised in this Work: its message will show this event as well.
    if (const auto open = bursts_.find(approval.burst); open != bursts_.end()) {
      stored.approval = open->second;
      return {};
    }
    const auto collecting = ledger_.open_burst(approval.burst, now_ - window);
    if (!collecting) return std::unexpected(collecting.error());
    if (*collecting) {
      bursts_.emplace(approval.burst, **collecting);
      return join(stored, **collecting);
    }
  }
  if (to_person && !attribution.expected) {
    const auto flood = flooded(stored, approval);
    if (!flood) return std::unexpected(flood.error());
    if (*flood) return {};
  }
  return open(stored, std::move(approval), attribution);
}

Result<bool> Admission::flooded(StoredEvent& stored, const core::Approval& question) {
  const auto& schedule = policy_.schedule;
  const auto most = schedule.questions_at_most;
  if (most <= 0) return false;
  auto finding = find_flood(stored.event, question, schedule);
  if (const auto known = floods_.find(finding.key); known != floods_.end()) {
    stored.approval = known->second;
    return true;
  }
  const auto asked = ledger_.questions_since(fills_the_bound(question), now_ - schedule.questions_within, most);
  if (!asked) return std::unexpected(asked.error());
  if (*asked < most) return false;
  auto key = finding.key;
  const auto raised = raise_finding(ledger_, policy_, std::move(finding), now_);
  if (!raised) return std::unexpected(raised.error());
  floods_.emplace(std::move(key), raised->approval);
  stored.approval = raised->approval;
  if (raised->fresh) return true;
  if (auto revised = ledger_.revise_messages(raised->approval, now_, false); !revised)
    return std::unexpected(revised.error());
  return true;
}

Result<void> Admission::cover(const core::Event& event, core::Approval& approval, core::Attribution& attribution) {
  if (!changes_) {
    // An event may be told of late, as long as it is asked about at all.
    auto current = ledger_.expected_changes(now_ - policy_.schedule.ask_within, false);
    if (!current) return std::unexpected(current.error());
    changes_ = *std::move(current);
  }
  const auto* change = core::covering(*changes_, event, attribution, approval, policy_.directory);
  if (!change) return {};
  attribution.expected = true;
  approval.reason = core::words_of(*change);
  return {};
}

Result<void> Admission::join(StoredEvent& stored, Id approval) {
  stored.approval = approval;
  return ledger_.revise_messages(approval, now_, false);
}

Result<void> Admission::open(StoredEvent& stored, core::Approval approval, const core::Attribution& attribution) {
  approval.id = ledger_.new_id();
  stored.approval = approval.id;
  if (!approval.burst.empty()) bursts_.emplace(approval.burst, approval.id);
  if (approval.kind == "finding") return open_finding(ledger_, policy_.schedule, approval, now_);
  if (auto added = ledger_.add(approval); !added) return added;
  if (approval.state == core::ApprovalState::expected) return {};
  if (auto noted = ledger_.audit(now_, "asked", "countersign", detail_of_standing(approval)); !noted) return noted;

  const auto& schedule = policy_.schedule;
  const auto purpose = approval.kind == "late" ? "digest" : "ask";
  if (auto owed = owe(ledger_, schedule, approval, purpose, approval.addressed_to, now_); !owed) return owed;
  if (!approval.person.empty()) {
    for (const auto& other : attribution.told)
      if (auto owed = owe(ledger_, schedule, approval, "notice", other, now_); !owed) return owed;
    if (attribution.to_channel)
      if (auto owed = owe(ledger_, schedule, approval, "ask", core::security_channel, now_); !owed) return owed;
  }
  return set_timers(ledger_, approval.id,
                    core::first_timers(schedule.pace(approval.severity), now_, approval.escalated));
}

Result<void> Admission::trace(StoredEvent& stored, const core::Attribution& attribution) {
  const auto origin = origin_of(ledger_, policy_, stored.event, attribution);
  if (!origin) return std::unexpected(origin.error());
  if (*origin) set_origin(stored, **origin);
  return {};
}

Result<bool> Admission::first_time(const std::string& subject, const std::string& kind, const std::string& value) {
  if (value.empty() || !known_.emplace(subject, kind, value).second) return false;
  return ledger_.first_time(subject, kind, value);
}

Result<std::string> Admission::news(const core::Event& event, const core::Attribution& attribution) {
  const auto subject = !attribution.person.empty() ? "person:" + attribution.person : "account:" + event.user;
  const auto proof = event.certificate.empty() ? event.key : event.certificate;
  struct {
    const char* kind;
    std::string value;
    const char* words;
  } const facts[] = {{"network", core::neighbourhood(event.address), "from this network"},
                     {"key", proof, "with this key"},
                     {"host", event.host, "on this host"}};
  std::vector<std::string_view> firsts;
  for (const auto& fact : facts) {
    const auto first = first_time(subject, fact.kind, fact.value);
    if (!first) return std::unexpected(first.error());
    if (*first) firsts.emplace_back(fact.words);
  }
  std::string words = firsts.empty() ? "" : fmt::format("first time {}", fmt::join(firsts, ", "));
  if (attribution.unknown_key)
    words += fmt::format("{}{} for {}", words.empty() ? "" : "; ", core::unknown_key_news, attribution.person);
  return words;
}

}  // namespace countersign::app
