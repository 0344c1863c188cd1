#include "app/sighting_record.hpp"

#include <nlohmann/json.hpp>

#include "base/encoding.hpp"

namespace countersign::app {

std::string record_of(const TakenSighting& taken, int version) {
  using nlohmann::json;
  const auto& sighting = taken.sighting;
  json said = json::object();
  if (sighting.account)
    core::for_each_field(*sighting.account, [&](std::string_view name, std::string_view text, bool /*number*/) {
      if (name != "@timestamp" && name != "event.count" && name != "rule.id") said[std::string(name)] = text;
    });
  json record{{"arrival_stamped", sighting.arrival_stamped},
              {"digest", to_hex(sighting.digest)},
              {"event", to_text(sighting.event)},
              {"id", to_text(taken.id)},
              {"provider_id", sighting.provider_id},
              {"received_at", to_rfc3339(sighting.received_at)},
              {"said", std::move(said)},
              {"source", sighting.source},
              {"time", to_rfc3339(sighting.time)},
              {"witness", sighting.witness}};
  if (version >= 2) {
    record["event_count"] = taken.event_count;
    record["event_time"] = to_rfc3339(taken.event_time);
  }
  return record.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace countersign::app
