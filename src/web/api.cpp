#include "web/api.hpp"

#include <algorithm>

#include "crypto/random.hpp"
#include "web/form.hpp"
#include "web/json.hpp"
#include "web/list_query.hpp"
#include "web/posted.hpp"
#include "web/reply.hpp"

namespace countersign::web {
namespace {

/// One page of rows as `{"NAME":[…],"next_cursor":"…"}`.
template <typename Row, typename Shape>
net::Response page_reply(const char* name, const Result<app::Page<Row>>& page, Shape shape) {
  if (!page) return json_error(page.error());
  Json rows = Json::array();
  for (const auto& row : page->rows)
    rows.push_back(shape(row));
  Json body = {{name, std::move(rows)}};
  if (!page->next_cursor.empty()) body["next_cursor"] = page->next_cursor;
  return json_reply(200, body);
}

bool encoded(const net::Request& request) {
  const auto encoding = net::header(request.headers, "Content-Encoding");
  return !encoding.empty() && encoding != "identity";
}

}  // namespace

void Api::add_routes(Router& router) {
  using enum Role;
  add(router, "GET", "/api/v1/events", {viewer, security, admin}, &Api::list_events);
  add(router, "POST", "/api/v1/events", {ingest, admin}, &Api::post_event);
  add(router, "GET", "/api/v1/approvals", {viewer, security, admin}, &Api::list_approvals);
  add(router, "GET", "/api/v1/approvals/feed", {viewer, security, admin}, &Api::feed);  // before the id
  add(router, "GET", "/api/v1/approvals/:", {viewer, security, admin}, &Api::get_approval);
  add(router, "POST", "/api/v1/approvals/:/decision", {security, admin}, &Api::decide);
  add(router, "POST", "/api/v1/approvals/:/take", {security, admin}, &Api::take);
  add(router, "GET", "/api/v1/quarantine", {viewer, security, admin}, &Api::list_quarantine);
  add(router, "GET", "/api/v1/quarantine/:", {viewer, security, admin}, &Api::get_quarantined);
  add(router, "POST", "/api/v1/quarantine/replay", {security, admin}, &Api::replay_quarantine);
  add(router, "GET", "/api/v1/audit", {viewer, security, admin}, &Api::list_audit);
  add(router, "GET", "/api/v1/audit/head", {viewer, security, admin}, &Api::audit_head);
  add(router, "GET", "/api/v1/audit/sightings", {viewer, security, admin}, &Api::list_taken);
  add(router, "GET", "/api/v1/audit/policy", {viewer, security, admin}, &Api::audit_policy);
  add(router, "POST", "/api/v1/audit/statement", {security, admin}, &Api::attest);
  add(router, "POST", "/api/v1/report/seals", {security, admin}, &Api::seal_report);
  add(router, "GET", "/api/v1/report/seals", {viewer, security, admin}, &Api::list_seals);
  add(router, "GET", "/api/v1/report/seals/:", {viewer, security, admin}, &Api::get_sealed);
  add(router, "GET", "/api/v1/report", {viewer, security, admin}, &Api::report);
  add(router, "GET", "/api/v1/expected", {viewer, security, admin}, &Api::list_expected);
  add(router, "POST", "/api/v1/expected", {security, admin}, &Api::announce);
  add(router, "POST", "/api/v1/expected/:/end", {security, admin}, &Api::end_expected);
  add(router, "GET", "/api/v1/hosts", {viewer, security, admin}, &Api::list_hosts);
  add(router, "GET", "/api/v1/canaries", {viewer, security, admin}, &Api::list_canaries);
  add(router, "POST", "/api/v1/canaries/:/run", {security, admin}, &Api::run_canary);
  add(router, "GET", "/api/v1/agents", {viewer, security, admin}, &Api::list_agents);
  add(router, "DELETE", "/api/v1/agents/:", {security, admin}, &Api::remove_agent);
  add(router, "POST", "/api/v1/approvals/:/contain", {security, admin}, &Api::contain);
  add(router, "POST", "/api/v1/ingest", {ingest, security, admin}, &Api::ingest_lines);
  add(router, "GET", "/api/v1/backfills", {viewer, security, admin}, &Api::list_backfills);
  add(router, "POST", "/api/v1/backfills/:", {security, admin}, &Api::start_backfill);
  add(router, "POST", "/api/v1/inbox/links", {security, admin}, &Api::make_link);
}

void Api::add(Router& router, const char* method, const char* pattern, std::initializer_list<Role> roles, Serve serve) {
  router.add(method, pattern,
             [this, allowed = std::vector(roles), serve](net::Request request, std::vector<std::string> segments,
                                                         net::Respond respond) {
               const auto token = bearer_token(request);
               const auto caller = parts_.tokens.find(token);
               if (!caller) {
                 refused_.fetch_add(1, std::memory_order_relaxed);
                 return respond(json_error(401, token.empty() ? "an API token is needed: Authorization: Bearer TOKEN"
                                                              : "this API token is unknown here"));
               }
               if (std::find(allowed.begin(), allowed.end(), caller->role) == allowed.end())
                 return respond(
                     json_error(403, fmt::format("a token of role {} may not do this", web::to_text(caller->role))));
               if (encoded(request)) return respond(json_error(415, "the API takes no Content-Encoding"));
               (this->*serve)(*caller, std::move(request), std::move(segments), std::move(respond));
             });
}

void Api::list_events(const Caller& /*caller*/, net::Request request, std::vector<std::string> /*none*/,
                      net::Respond respond) {
  auto filter = read_event_filter(request.query);
  if (!filter) return respond(json_error(filter.error()));
  from_view(parts_.store, std::move(respond), [filter = *std::move(filter)](app::View& view) {
    return page_reply("events", view.events(filter), listed_event_json);
  });
}

void Api::post_event(const Caller& caller, net::Request request, std::vector<std::string> /*none*/,
                     net::Respond respond) {
  auto posted = read_posted(request, parts_.clock.now(), "post:" + crypto::make_token(parts_.random));
  if (!posted) return respond(json_error(posted.error()));
  app::Source source;
  source.name = caller.name;
  source.witness = "api";
  parts_.ingest.event(
      source, *std::move(posted), [respond = std::move(respond)](Result<app::Ingest::Accepted> accepted) mutable {
        if (!accepted) return respond(json_error(accepted.error()));
        respond(json_reply(201, {{"id", countersign::to_text(accepted->event)}, {"duplicate", accepted->duplicate}}));
      });
}

void Api::list_approvals(const Caller& /*caller*/, net::Request request, std::vector<std::string> /*none*/,
                         net::Respond respond) {
  auto filter = read_approval_filter(request.query);
  if (!filter) return respond(json_error(filter.error()));
  from_view(parts_.store, std::move(respond), [filter = *std::move(filter)](app::View& view) {
    return page_reply("approvals", view.approvals(filter), approval_json);
  });
}

void Api::get_approval(const Caller& /*caller*/, net::Request /*request*/, std::vector<std::string> segments,
                       net::Respond respond) {
  const auto id = parse_id(segments.at(0));
  if (!id) return respond(json_error(404, "there is no such approval"));
  from_view(parts_.store, std::move(respond), [id = *id](app::View& view) {
    const auto approval = view.approval(id);
    return approval ? json_reply(200, approval_json(*approval)) : json_error(approval.error());
  });
}

void Api::report(const Caller& /*caller*/, net::Request request, std::vector<std::string> /*none*/,
                 net::Respond respond) {
  from_view(parts_.store, std::move(respond), [this, query = std::move(request.query)](app::View& view) {
    return parts_.reports.answer(view, query, "json");
  });
}

void Api::make_link(const Caller& caller, net::Request request, std::vector<std::string> /*none*/,
                    net::Respond respond) {
  const auto body = Json::parse(request.body, nullptr, false);
  const auto text = [&](const char* key) {
    const auto found = body.is_object() ? body.find(key) : body.end();
    return body.is_object() && found != body.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  LinkWanted wanted{.person = text("person"), .security = false, .made_by = caller.name};
  wanted.security = body.is_object() && body.contains("security") && body["security"] == true;
  if (wanted.person.empty() && !wanted.security)
    return respond(json_error(400, R"(say whose: {"person":"NAME"} or {"security":true})"));
  if (!wanted.person.empty() && !parts_.policy.current()->directory.person(wanted.person))
    return respond(json_error(404, "no person of this name is configured"));
  parts_.links.make(std::move(wanted), [respond = std::move(respond)](Result<Link> link) mutable {
    if (!link) return respond(json_error(link.error()));
    respond(json_reply(201, {{"url", link->url}, {"expires_at", to_rfc3339(link->expires)}}));
  });
}

}  // namespace countersign::web
