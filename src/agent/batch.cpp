#include "agent/batch.hpp"

#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

namespace countersign::agent {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string compose(const Batch& batch) {
  Json coverage{{"from", to_rfc3339(batch.from)}, {"to", to_rfc3339(batch.to)}, {"lost", batch.lost.logins}};
  if (batch.lost.detail > 0) coverage["lost_detail"] = batch.lost.detail;
  if (!batch.lost.why.empty()) coverage["why"] = batch.lost.why;
  auto head = dump(Json{{"host", batch.host},
                        {"boot_id", batch.boot_id},
                        {"agent_id", batch.agent_id},
                        {"machine_id", batch.machine_id},
                        {"version", version},
                        {"contain", batch.contain},
                        {"class", batch.witness_class},
                        {"sequence", batch.sequence},
                        {"previous", batch.previous},
                        {"sent_at", to_rfc3339(batch.sent_at)},
                        {"coverage", std::move(coverage)}});
  head.pop_back();
  if (!batch.ways.empty()) head += ",\"ways\":" + batch.ways;
  return fmt::format("{},\"sightings\":[{}]}}", head, fmt::join(batch.sightings, ","));
}

Result<Batch> read_batch(std::string_view body) {
  try {
    const auto json = Json::parse(body);
    const auto& coverage = json.at("coverage");
    Batch batch{
        .host = json.at("host"),
        .boot_id = json.at("boot_id"),
        .agent_id = json.at("agent_id"),
        .machine_id = json.at("machine_id"),
        .witness_class = json.at("class"),
        .contain = json.value("contain", false),
        .sequence = json.at("sequence"),
        .previous = json.at("previous"),
        .sent_at = parse_rfc3339(json.at("sent_at").get<std::string>()).value_or(Timestamp{}),
        .from = parse_rfc3339(coverage.at("from").get<std::string>()).value_or(Timestamp{}),
        .to = parse_rfc3339(coverage.at("to").get<std::string>()).value_or(Timestamp{}),
        .lost = {coverage.at("lost"), coverage.value("lost_detail", std::int64_t{0}), coverage.value("why", "")},
        .sightings = {}};
    for (const auto& sighting : json.at("sightings"))
      batch.sightings.push_back(dump(sighting));
    if (const auto ways = json.find("ways"); ways != json.end()) batch.ways = dump(*ways);
    return batch;
  } catch (const Json::exception& error) {
    return fail(Fault::invalid, "a batch of the spool can't be read: {}", error.what());
  }
}

}  // namespace countersign::agent
