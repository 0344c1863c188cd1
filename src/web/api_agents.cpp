// /api/v1/agents, and POST /api/v1/approvals/ID/contain.
#include "base/encoding.hpp"
#include "web/agent_words.hpp"
#include "web/api.hpp"
#include "web/json.hpp"

namespace countersign::web {

void Api::list_agents(const Caller& /*caller*/, net::Request /*request*/, std::vector<std::string> /*none*/,
                      net::Respond respond) {
  from_view(parts_.store, std::move(respond), [now = parts_.clock.now()](app::View& view) {
    const auto key = app::server_public_key(view);
    if (!key) return json_error(key.error());
    const auto hosts = read_host_attention(view, now);
    if (!hosts) return json_error(hosts.error());
    Json rows = Json::array();
    for (const auto& host : *hosts)
      rows.push_back(host_attention_json(host, now));
    return json_reply(200, {{"agents", std::move(rows)}, {"server_key", to_base64(*key)}});
  });
}

void Api::remove_agent(const Caller& caller, net::Request /*request*/, std::vector<std::string> segments,
                       net::Respond respond) {
  roster_.remove(segments.at(0), caller.name,
                 [host = segments.at(0), respond = std::move(respond)](Result<std::size_t> removed) mutable {
                   if (!removed) return respond(json_error(removed.error()));
                   respond(json_reply(200, {{"host", host}, {"removed", *removed}}));
                 });
}

void Api::contain(const Caller& caller, net::Request /*request*/, std::vector<std::string> segments,
                  net::Respond respond) {
  const auto id = parse_id(segments.at(0));
  if (!id) return respond(json_error(404, "there is no such approval"));
  contain_.by_id(*id, {.name = caller.name, .security = true, .is_person = false}, "api",
                 [respond = std::move(respond)](Result<app::Contained> contained) mutable {
                   if (!contained) return respond(json_error(contained.error()));
                   Json asked = Json::array();
                   for (const auto& one : contained->asked)
                     asked.push_back({{"id", countersign::to_text(one.id)},
                                      {"event", countersign::to_text(one.event)},
                                      {"host", one.host},
                                      {"agent", one.agent},
                                      {"expires_at", to_rfc3339(one.expires_at)}});
                   respond(json_reply(202, {{"asked", std::move(asked)}}));
                 });
}

}  // namespace countersign::web
