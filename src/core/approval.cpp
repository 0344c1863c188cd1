#include "core/approval.hpp"

#include <algorithm>
#include <array>

namespace countersign::core {
namespace {

template <typename Enum, std::size_t N>
Result<Enum> parse(std::string_view text, const std::array<Enum, N>& all, std::string_view what) {
  for (const auto value : all)
    if (text == to_text(value)) return value;
  return fail(Fault::invalid, "'{}' is no {}", text, what);
}

const Asked* find(const Approval& approval, Id event) {
  const auto found = std::find_if(approval.events.begin(), approval.events.end(),
                                  [&](const Asked& asked) { return asked.event == event; });
  return found == approval.events.end() ? nullptr : &*found;
}

/// The decision that settled one of these events, for the answer "already decided by …".
const Decision* standing(const Approval& approval, const std::vector<Id>& events) {
  for (auto decision = approval.decisions.rbegin(); decision != approval.decisions.rend(); ++decision) {
    if (!decision->settles) continue;
    for (const auto event : decision->events)
      if (std::find(events.begin(), events.end(), event) != events.end()) return &*decision;
  }
  return nullptr;
}

Error already_decided(const Approval& approval, const std::vector<Id>& events) {
  const auto* decision = standing(approval, events);
  if (!decision) return {Fault::conflict, fmt::format("this is {} already", to_text(approval.state))};
  return {Fault::conflict, fmt::format("{} by {} at {} already", decision->act == Act::deny ? "denied" : "approved",
                                       decision->by, to_rfc3339(decision->at))};
}

Result<void> may_speak(const Approval& approval, const Word& word) {
  const bool about_them = word.by.is_person && word.by.name == approval.subject;
  for (const auto& decision : approval.decisions)
    if (decision.act == Act::wrong_person && decision.by == word.by.name && word.by.is_person)
      return fail(Fault::forbidden, "you said this is not yours; the security team decides it now");
  if (word.act == Act::revise || word.from_channel) {
    if (!word.by.security)
      return fail(Fault::forbidden, "only the security team can answer {}",
                  word.act == Act::revise ? "with a revision" : "this here");
    if (about_them)
      return fail(Fault::forbidden, "this is about you, so somebody else of the security team must decide it");
    return {};
  }
  const bool addressed = word.by.is_person && !approval.person.empty() && word.by.name == approval.person;
  if (addressed) {
    if (approval.approvers > 1 && word.act == Act::approve)
      return fail(Fault::forbidden, "this needs {} people other than {}", approval.approvers, approval.subject);
    return {};
  }
  if (!word.by.security)
    return fail(Fault::forbidden, "only {} and the security team can answer this",
                approval.person.empty() ? "the person it was sent to" : approval.person);
  if (about_them)
    return fail(Fault::forbidden, "this is about you, so somebody else of the security team must decide it");
  return {};
}

ApprovalState opposite(ApprovalState state) {
  return state == ApprovalState::denied ? ApprovalState::approved : ApprovalState::denied;
}

/// The first of two who approved these very events and was not overtaken, if any.
bool approved_before(const Approval& approval, std::string_view by, Id event, bool by_this_one) {
  return std::any_of(approval.decisions.begin(), approval.decisions.end(), [&](const Decision& decision) {
    return decision.act == Act::approve && !decision.settles && (decision.by == by) == by_this_one &&
           std::find(decision.events.begin(), decision.events.end(), event) != decision.events.end();
  });
}

}  // namespace

std::string_view to_text(ApprovalState state) {
  switch (state) {
    case ApprovalState::pending:
      return "pending";
    case ApprovalState::approved:
      return "approved";
    case ApprovalState::denied:
      return "denied";
    case ApprovalState::expected:
      return "expected";
  }
  return "";
}

std::string_view to_text(Act act) {
  switch (act) {
    case Act::approve:
      return "approve";
    case Act::deny:
      return "deny";
    case Act::wrong_person:
      return "wrong_person";
    case Act::revise:
      return "revise";
  }
  return "";
}

std::string_view to_text(Severity severity) {
  switch (severity) {
    case Severity::normal:
      return "normal";
    case Severity::high:
      return "high";
    case Severity::critical:
      return "critical";
  }
  return "";
}

Result<ApprovalState> parse_approval_state(std::string_view text) {
  return parse(
      text, std::array{ApprovalState::pending, ApprovalState::approved, ApprovalState::denied, ApprovalState::expected},
      "state of an approval (pending, approved, denied, expected)");
}

Result<Act> parse_act(std::string_view text) {
  return parse(text, std::array{Act::approve, Act::deny, Act::wrong_person, Act::revise},
               "decision (approve, deny, wrong_person, revise)");
}

Result<Severity> parse_severity(std::string_view text) {
  return parse(text, std::array{Severity::normal, Severity::high, Severity::critical},
               "severity (normal, high, critical)");
}

ApprovalState combined(const std::vector<Asked>& events) {
  const auto all = [&](auto... states) {
    return std::all_of(events.begin(), events.end(),
                       [&](const Asked& asked) { return ((asked.state == states) || ...); });
  };
  if (std::any_of(events.begin(), events.end(),
                  [](const Asked& asked) { return asked.state == ApprovalState::denied; }))
    return ApprovalState::denied;
  if (events.empty()) return ApprovalState::pending;
  if (all(ApprovalState::expected)) return ApprovalState::expected;
  if (all(ApprovalState::approved, ApprovalState::expected)) return ApprovalState::approved;
  return ApprovalState::pending;
}

Result<void> may_take(const Approval& approval, const Actor& by) {
  if (!by.security) return fail(Fault::forbidden, "only the security team can take this");
  Word word;
  word.by = by;
  word.from_channel = true;
  if (auto allowed = may_speak(approval, word); !allowed) return allowed;
  if (approval.state == ApprovalState::pending) return {};
  std::vector<Id> all;
  for (const auto& asked : approval.events)
    all.push_back(asked.event);
  return std::unexpected(already_decided(approval, all));
}

Result<Id> notable(const Approval& approval, const Actor& by) {
  for (auto decision = approval.decisions.rbegin(); decision != approval.decisions.rend(); ++decision)
    if (by.is_person && decision->by == by.name) return decision->id;
  if (by.security && !(by.is_person && by.name == approval.subject))
    for (auto decision = approval.decisions.rbegin(); decision != approval.decisions.rend(); ++decision)
      if (decision->settles) return decision->id;
  return fail(Fault::forbidden, "only who decided this and the security team can add to it");
}

namespace {

/// Whose login it is takes back what was said in their name: it becomes a denial, beside the decision that stood.
Result<Outcome> dispute(const Approval& approval, const Word& word) {
  if (!word.by.is_person || approval.subject.empty() || word.by.name != approval.subject)
    return fail(Fault::forbidden, "only {} can say that this was not them",
                approval.subject.empty() ? "the person it is about" : approval.subject);
  Outcome outcome;
  auto after = approval.events;
  for (auto& asked : after)
    if (asked.state == ApprovalState::approved) {
      asked.state = ApprovalState::denied;
      outcome.settled.push_back(asked.event);
    }
  if (outcome.settled.empty()) return fail(Fault::conflict, "nothing of this stands approved any more");
  outcome.decision = {.id = {},
                      .by = word.by.name,
                      .act = Act::deny,
                      .events = outcome.settled,
                      .at = word.at,
                      .via = word.via,
                      .reason = word.reason.empty() ? "not me, and not my word" : word.reason,
                      .settles = true};
  outcome.settled_as = ApprovalState::denied;
  outcome.state = combined(after);
  outcome.alarm = outcome.revises = true;
  return outcome;
}

}  // namespace

Result<Outcome> decide(const Approval& approval, const Word& word) {
  if (word.disputes) return dispute(approval, word);
  const bool revising = word.act == Act::revise;
  std::vector<Id> named = word.events, open;
  if (named.empty())
    for (const auto& asked : approval.events)
      named.push_back(asked.event);
  for (const auto event : named) {
    const auto* asked = find(approval, event);
    if (!asked) return fail(Fault::not_found, "event {} does not belong to this approval", to_text(event));
    if (asked->state == ApprovalState::pending) open.push_back(event);
  }

  if (const auto allowed = may_speak(approval, word); !allowed) return std::unexpected(allowed.error());
  if (revising && word.reason.empty()) return fail(Fault::invalid, "a revision needs a reason");
  if (revising && !open.empty()) return fail(Fault::invalid, "there is no decision to revise yet: decide it instead");
  if (!revising && open.empty()) return std::unexpected(already_decided(approval, named));

  Outcome outcome;
  outcome.decision = {.id = {},
                      .by = word.by.name,
                      .act = word.act,
                      .events = revising ? named : open,
                      .at = word.at,
                      .via = word.via,
                      .reason = word.reason,
                      .settles = true};
  outcome.state = approval.state;
  outcome.revises = revising;
  if (word.act == Act::wrong_person) {
    if (approval.person.empty()) return fail(Fault::conflict, "this is with the security team already");
    outcome.decision.settles = false;
    outcome.rerouted = true;
    return outcome;
  }
  if (word.act == Act::approve && approval.needs_reason && word.reason.empty())
    return fail(Fault::invalid, "an approval of this needs a reason");
  outcome.settled = outcome.decision.events;
  outcome.settled_as = word.act == Act::deny ? ApprovalState::denied
                       : revising            ? word.revised.value_or(opposite(approval.state))
                                             : ApprovalState::approved;
  if (word.act == Act::approve && approval.approvers > 1) {
    const auto waits = [&](Id event) { return !approved_before(approval, word.by.name, event, false); };
    if (std::all_of(open.begin(), open.end(),
                    [&](Id event) { return approved_before(approval, word.by.name, event, true); }))
      return fail(Fault::conflict, "you approved this already; it needs a second person");
    std::erase_if(outcome.settled, waits);
    if (outcome.settled.empty()) {
      outcome.decision.settles = false;
      outcome.awaits_second = true;
      outcome.settled_as = ApprovalState::pending;
      return outcome;
    }
    outcome.decision.events = outcome.settled;
  }
  auto after = approval.events;
  for (auto& asked : after)
    if (std::find(outcome.settled.begin(), outcome.settled.end(), asked.event) != outcome.settled.end())
      asked.state = outcome.settled_as;
  outcome.state = combined(after);
  outcome.alarm = outcome.settled_as == ApprovalState::denied;
  return outcome;
}

}  // namespace countersign::core
