#include "web/json.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace countersign::web {
namespace {

// What the record says about an event; no posted field of that name may pretend to be it.
constexpr std::array<std::string_view, 7> ours{"id",        "verdict",     "verdict.reasons", "verdict.independent",
                                               "sightings", "approval.id", "approval.state"};

Json event_json(const app::StoredEvent& stored) {
  Json out = Json::object();
  out["id"] = to_text(stored.id);
  core::for_each_field(stored.event, [&](std::string_view name, std::string_view text, bool is_number) {
    if (std::find(ours.begin(), ours.end(), name) != ours.end()) return;
    std::int64_t number = 0;
    if (is_number && std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc())
      out[std::string(name)] = number;
    else
      out[std::string(name)] = text;
  });
  out["verdict"] = stored.verdict;
  if (!stored.reasons.empty()) out["verdict.reasons"] = stored.reasons;
  if (stored.verdict == "matched") out["verdict.independent"] = stored.independent;
  return out;
}

Json sighting_json(const app::Sighting& sighting) {
  Json out{{"class", sighting.witness},
           {"source", sighting.source},
           {"received_at", to_rfc3339(sighting.received_at)},
           {"@timestamp", to_rfc3339(sighting.time)},
           {"provider_id", sighting.provider_id}};
  if (!sighting.raw.empty()) out["raw"] = sighting.raw;
  if (sighting.account)  // else it said what the event says
    core::for_each_field(*sighting.account, [&](std::string_view name, std::string_view text, bool) {
      if (name != "@timestamp" && !out.contains(name)) out[std::string(name)] = text;
    });
  return out;
}

Json notification_json(const app::Notification& notification) {
  return {{"to", notification.to},
          {"state", app::to_text(notification.state)},
          {"attempts", notification.attempts},
          {"at", to_rfc3339(notification.sent_at.value_or(notification.due_at))},
          {"error", notification.error.empty() ? Json() : Json(notification.error)},
          {"purpose", notification.purpose}};
}

Json ids_json(const std::vector<Id>& ids) {
  Json out = Json::array();
  for (const auto id : ids)
    out.push_back(to_text(id));
  return out;
}

}  // namespace

Json listed_event_json(const app::ListedEvent& event) {
  auto out = event_json(event.stored);
  if (event.stored.approval) {
    out["approval.id"] = to_text(event.stored.approval);
    out["approval.state"] = core::to_text(event.approval_state.value_or(event.stored.state));
  }
  return out;
}

Json decision_json(const core::Decision& decision) {
  Json notes = Json::array();
  for (const auto& note : decision.notes)
    notes.push_back({{"by", note.by}, {"at", to_rfc3339(note.at)}, {"via", note.via}, {"text", note.text}});
  return {{"by", decision.by},
          {"notes", std::move(notes)},
          {"decision", core::to_text(decision.act)},
          {"events", ids_json(decision.events)},
          {"at", to_rfc3339(decision.at)},
          {"via", decision.via},
          {"reason", decision.reason},
          {"settles", decision.settles},
          {"settled", ids_json(decision.settled)},
          {"revised", ids_json(decision.revised)},
          {"trusted_until", decision.trusted_until ? Json(to_rfc3339(*decision.trusted_until)) : Json()}};
}

Json approval_json(const app::FullApproval& full) {
  const auto& approval = full.approval;
  Json events = Json::array();
  for (const auto& stored : full.events) {
    auto event = event_json(stored);
    event["approval.state"] = core::to_text(stored.state);
    event["sightings"] = Json::array();
    for (const auto& sighting : stored.sightings)
      event["sightings"].push_back(sighting_json(sighting));
    events.push_back(std::move(event));
  }
  Json decisions = Json::array();
  for (const auto& decision : approval.decisions)
    decisions.push_back(decision_json(decision));
  Json notifications = Json::array();
  for (const auto& notification : full.notifications)
    notifications.push_back(notification_json(notification));
  return {{"id", to_text(approval.id)},
          {"state", core::to_text(approval.state)},
          {"person", approval.person.empty() ? Json() : Json(approval.person)},
          {"addressed_to", approval.addressed_to},
          {"kind", approval.kind},
          {"severity", core::to_text(approval.severity)},
          {"escalated", approval.escalated},
          {"approvers", approval.approvers},
          {"needs_reason", approval.needs_reason},
          {"taken_by", approval.taken_by.empty() ? Json() : Json(approval.taken_by)},
          {"taken_until", approval.taken_until ? Json(to_rfc3339(*approval.taken_until)) : Json()},
          {"reason", approval.reason},
          {"events", std::move(events)},
          {"decisions", std::move(decisions)},
          {"notifications", std::move(notifications)},
          {"created_at", to_rfc3339(approval.created_at)}};
}

Json quarantined_json(const app::Quarantined& message) {
  Json out{{"id", to_text(message.id)}, {"@timestamp", to_rfc3339(message.time)}};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) out[name] = value;
  };
  add("source", message.source);
  add("host.name", message.host);
  add("process.name", message.program);
  out["message"] = message.message;
  out["why"] = message.why;
  out["received_at"] = to_rfc3339(message.received_at);
  if (message.shape) out["shape"] = to_text(message.shape);
  out["replayable"] = message.replay != app::Quarantined::Replay::no;
  return out;
}

Json shape_json(const app::QuarantineShape& shape) {
  return {{"id", to_text(shape.id)},        {"process.name", shape.program},
          {"shape", shape.shape},           {"why", shape.why},
          {"count", shape.count},           {"kept", shape.kept},
          {"dropped", shape.dropped},       {"first", to_rfc3339(shape.first)},
          {"last", to_rfc3339(shape.last)}, {"sample", shape.sample}};
}

const core::Decision* standing_decision(const core::Approval& approval) {
  for (auto decision = approval.decisions.rbegin(); decision != approval.decisions.rend(); ++decision)
    if (decision->settles) return &*decision;
  return nullptr;
}

}  // namespace countersign::web
