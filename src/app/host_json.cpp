#include "app/host_json.hpp"

#include <nlohmann/json.hpp>

namespace countersign::app {
namespace {

using OrderedJson = nlohmann::ordered_json;

OrderedJson time_or_null(const std::optional<Timestamp>& at) {
  return at ? OrderedJson(to_rfc3339(*at)) : OrderedJson();
}

}  // namespace

OrderedJson way_json(const ReportWay& way) {
  return {{"kind", way.kind}, {"name", way.name}, {"since", time_or_null(way.since)}, {"words", way.words}};
}

OrderedJson stream_json(const ReportStream& stream) {
  return {{"source", stream.source},
          {"class", stream.witness},
          {"skew_seconds", stream.skew ? OrderedJson(static_cast<double>(stream.skew->count()) / 1e6) : OrderedJson()},
          {"last_heard", time_or_null(stream.last_heard)}};
}

OrderedJson alias_json(const AliasProposal& proposal) {
  const auto& pair = proposal.evidence;
  return {{"host", pair.host},
          {"name", pair.name},
          {"logins", pair.logins},
          {"same_process", pair.same_process},
          {"first", to_rfc3339(pair.first)},
          {"last", to_rfc3339(pair.last)},
          {"source", pair.source},
          {"login", to_text(pair.login)},
          {"line", to_text(pair.line)},
          {"relay", proposal.is_relay()},
          {"words", proposal.words},
          {"toml", proposal.toml}};
}

}  // namespace countersign::app
