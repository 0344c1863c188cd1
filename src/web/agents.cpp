#include "web/agents.hpp"

#include <memory>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "core/host_name.hpp"
#include "crypto/signature.hpp"
#include "web/agent_json.hpp"
#include "web/credentials.hpp"
#include "web/reply.hpp"

namespace countersign::web {
namespace {

constexpr std::string_view batches = "/agents/v1/batches";
constexpr std::string_view joining = "/agents/v1/join";
constexpr std::size_t largest_batch = 1024 * 1024;

/// The host whose token it is; empty: nobody's. Every token is compared, so that time tells nothing.
std::string host_of_token(const std::vector<FixedAgent>& agents, const Secret& offered) {
  std::string host;
  for (const auto& agent : agents)
    for (const auto& token : agent.tokens)
      if (token.equals(offered.reveal())) host = agent.host;
  return host;
}

net::Response acknowledge(const Result<app::Acknowledged>& taken) {
  if (!taken) return json_error(taken.error());
  if (!taken->conflict.empty()) return json_error(409, taken->conflict);
  Json body{{"acknowledged", taken->sequence}};
  if (!taken->commands.empty()) {
    body["commands"] = Json::array();
    for (const auto& command : taken->commands)
      body["commands"].push_back(
          {{"payload", to_base64(command.payload)}, {"signature", to_base64(command.signature)}});
  }
  return json_reply(200, body);
}

bool any_equals(const std::vector<Secret>& tokens, const Secret& offered) {
  bool good = false;
  for (const auto& token : tokens)  // to the end, so that time tells nothing
    good |= token.equals(offered.reveal());
  return good;
}

}  // namespace

std::size_t AgentsEndpoint::body_limit(const net::Request& /*head*/) const {
  return largest_batch;
}

net::Response AgentsEndpoint::refuse(std::string_view why) {
  refused_.fetch_add(1, std::memory_order_relaxed);
  return json_error(401, why);
}

void AgentsEndpoint::handle(net::Request request, net::Respond respond) {
  if (request.path != batches && request.path != joining)
    return respond(json_error(404, "there is nothing at this path"));
  if (request.method != "POST") {
    auto reply = json_error(405, "agents post here");
    reply.headers.emplace_back("Allow", "POST");
    return respond(std::move(reply));
  }
  const auto encoding = net::header(request.headers, "Content-Encoding");
  if (!encoding.empty() && encoding != "identity")
    return respond(json_error(415, "agents' requests take no Content-Encoding"));
  if (request.path == joining) return join(request, std::move(respond));
  if (!net::header(request.headers, "Countersign-Agent").empty())
    return take_joined(std::move(request), std::move(respond));
  take_fixed(request, std::move(respond));
}

void AgentsEndpoint::join(const net::Request& request, net::Respond respond) {
  if (!any_equals(parts_.join_tokens, bearer_token(request))) {
    refused_.fetch_add(1, std::memory_order_relaxed);
    return respond(json_error(403, "the join token is missing or wrong"));
  }
  auto wanted = read_join_request(request.body);
  if (!wanted) return respond(json_error(wanted.error()));
  const auto signature = from_base64(net::header(request.headers, "Countersign-Signature"));
  if (!signature || !crypto::verify_signature(wanted->public_key, request.body, *signature))
    return respond(refuse("the signature is not by the key that asks to join"));
  parts_.roster.join(*std::move(wanted), [respond = std::move(respond)](Result<app::Joined> joined) mutable {
    if (!joined) return respond(json_error(joined.error()));
    if (!joined->refused.empty()) return respond(json_error(409, joined->refused));
    respond(json_reply(
        joined->fresh ? 201 : 200,
        {{"agent_id", joined->agent_id}, {"host", joined->host}, {"server_key", to_base64(joined->server_key)}}));
  });
}

void AgentsEndpoint::take_fixed(const net::Request& request, net::Respond respond) {
  const auto host = host_of_token(parts_.fixed, bearer_token(request));
  if (host.empty()) return respond(refuse("this agent's token is missing or wrong"));
  take(request, host, "", std::move(respond));
}

void AgentsEndpoint::take_joined(net::Request request, net::Respond respond) {
  auto shared = std::make_shared<net::Respond>(std::move(respond));
  auto kept = std::make_shared<net::Request>(std::move(request));
  const bool queued = parts_.store.read([this, shared, kept](app::View& view) {
    const auto agent = view.joined_agent(net::header(kept->headers, "Countersign-Agent"));
    if (!agent) return (*shared)(json_error(agent.error()));
    const auto signature = from_base64(net::header(kept->headers, "Countersign-Signature"));
    if (!*agent || !signature || !crypto::verify_signature((*agent)->public_key, kept->body, *signature))
      return (*shared)(refuse("this agent is not known, or its signature is wrong"));
    if ((*agent)->removed_at) return (*shared)(json_error(403, "this agent was removed from the server; join again"));
    take(*kept, (*agent)->host, (*agent)->id, std::move(*shared));
  });
  if (!queued) (*shared)(json_error(503, "too many requests wait for the store: try again"));
}

/// `agent` is proved too where it isn't empty.
void AgentsEndpoint::take(const net::Request& request, const std::string& host, const std::string& agent,
                          net::Respond respond) {
  auto batch = read_agent_batch(request.body);
  if (!batch) return respond(json_error(batch.error()));
  const auto policy = parts_.policy.current();
  if (core::canonical_host(batch->host) != core::canonical_host(host) &&
      policy->directory.host_name(batch->host) != host)
    return respond(
        json_error(403, fmt::format("this token speaks for {}, not for {}", host, one_line(batch->host, 80))));
  if (!agent.empty() && batch->agent != agent) return respond(json_error(403, "the batch is another agent's"));
  batch->host = host;
  for (auto& posted : batch->events)
    posted.event.host = host;
  for (auto& line : batch->lines)
    line.host = host;
  parts_.link.accept(
      *std::move(batch), !agent.empty(),
      [respond = std::move(respond)](Result<app::Acknowledged> taken) mutable { respond(acknowledge(taken)); });
}

}  // namespace countersign::web
