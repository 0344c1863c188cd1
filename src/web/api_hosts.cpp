// GET /api/v1/hosts: every host that is known, the ways into it that nobody witnesses, and the names nobody declared.
#include "app/host_json.hpp"
#include "app/report_hosts.hpp"
#include "web/api.hpp"
#include "web/reply.hpp"

namespace countersign::web {
namespace {

Json host_json(const app::ReportHost& host) {
  Json ways = Json::array(), streams = Json::array();
  for (const auto& way : host.ways)
    ways.push_back(app::way_json(way));
  for (const auto& stream : host.streams)
    streams.push_back(app::stream_json(stream));
  return {{"name", host.name},
          {"agent", host.coverage.enrolled},
          {"coverage_percent", host.coverage.enrolled ? Json(host.covered * 100) : Json()},
          {"believed_until", host.believed_until ? Json(to_rfc3339(*host.believed_until)) : Json()},
          {"streams", std::move(streams)},
          {"ways", std::move(ways)},
          {"notes", host.notes}};
}

}  // namespace

void Api::list_hosts(const Caller& /*caller*/, net::Request /*request*/, std::vector<std::string> /*none*/,
                     net::Respond respond) {
  from_view(parts_.store, std::move(respond), [this, now = parts_.clock.now()](app::View& view) {
    const auto policy = parts_.policy.current();
    const auto hosts = app::hosts_now(view, policy->directory, now);
    if (!hosts) return json_error(hosts.error());
    const auto aliases = app::undeclared_aliases(view, policy->directory);
    if (!aliases) return json_error(aliases.error());
    Json rows = Json::array(), names = Json::array(), candidates = Json::array();
    for (const auto& host : *hosts)
      rows.push_back(host_json(host));
    for (const auto& proposal : aliases->proposed)
      names.push_back(app::alias_json(proposal));
    for (const auto& candidate : aliases->candidates)
      candidates.push_back(app::alias_json(candidate));
    return json_reply(
        200, {{"hosts", std::move(rows)}, {"aliases", std::move(names)}, {"alias_candidates", std::move(candidates)}});
  });
}

}  // namespace countersign::web
