#include <nlohmann/json.hpp>

#include "app/event_json.hpp"
#include "app/feed.hpp"

namespace countersign::app {
namespace {

using Shown = nlohmann::ordered_json;

Shown or_null(std::string_view text) {
  return text.empty() ? Shown() : Shown(text);
}

/// Flat ECS; what the record says comes last, so that no posted field can pretend to be it.
Shown event_json(const StoredEvent& stored) {
  Shown out = Shown::object();
  put_fields(out, stored.event);
  out["id"] = to_text(stored.id);
  out["approval.state"] = stored.approval ? Shown(core::to_text(stored.state)) : Shown();
  out["verdict"] = stored.verdict;
  out["verdict.reasons"] = or_null(stored.reasons);
  out["verdict.independent"] = stored.verdict == "matched" ? Shown(stored.independent) : Shown();
  out["sightings"] = Shown::array();
  for (const auto& sighting : stored.sightings)
    out["sightings"].push_back({{"class", sighting.witness},
                                {"source", sighting.source},
                                {"provider_id", sighting.provider_id},
                                {"@timestamp", to_rfc3339(sighting.time)},
                                {"received_at", to_rfc3339(sighting.received_at)}});
  return out;
}

Shown approval_json(const FeedEntry& entry) {
  if (!entry.approval) return {};
  const auto& approval = *entry.approval;
  return {{"id", to_text(approval.id)},          {"kind", approval.kind},
          {"state", core::to_text(entry.state)}, {"severity", core::to_text(approval.severity)},
          {"person", or_null(approval.person)},  {"addressed_to", approval.addressed_to},
          {"reason", approval.reason},           {"created_at", to_rfc3339(approval.created_at)}};
}

}  // namespace

Shown feed_json(const FeedEntry& entry) {
  Shown out{{"id", to_text(entry.id)},
            {"at", to_rfc3339(entry.at)},
            {"kind", to_text(entry.kind)},
            {"change", entry.change},
            {"approval", approval_json(entry)}};
  if (entry.became)
    out["decision"] = {{"by", entry.by},
                       {"via", entry.via},
                       {"reason", entry.reason},
                       {"events_became", core::to_text(*entry.became)}};
  if (entry.change == "verdict")
    out["verdict"] = {{"verdict", entry.verdict}, {"was", entry.was}, {"reasons", entry.reason}};
  out["events_total"] = entry.events_total;
  out["events"] = Shown::array();
  for (const auto& event : entry.events)
    out["events"].push_back(event_json(event));
  return out;
}

}  // namespace countersign::app
