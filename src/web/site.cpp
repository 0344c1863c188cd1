#include "web/site.hpp"

#include <algorithm>
#include <iterator>

#include "web/form.hpp"
#include "web/reply.hpp"

namespace countersign::web {

Site::Site(SiteParts parts)
    : mounts_(std::move(parts.mounts)),
      tokens_(parts.tokens),
      links_(parts.store, parts.clock, parts.random, parts.public_url),
      reports_(parts.policy, parts.clock, std::move(parts.render_report)),
      lines_(std::move(parts.lines)),
      sources_(std::move(parts.sources)),
      budget_(parts.request_memory),
      refusals_(parts.clock, std::move(parts.warn)),
      webhooks_(std::move(parts.webhooks), parts.ingest, parts.clock, parts.client, budget_, refusals_),
      api_({parts.store, parts.ingest, parts.decide, parts.policy, parts.clock, parts.random, tokens_, links_, reports_,
            lines_.get(), sources_, budget_, parts.backfills, parts.canaries}),
      inbox_({parts.store, parts.decide, parts.policy, parts.clock, parts.random, tokens_, pages_, reports_,
              parts.public_url}),
      health_(parts.store, parts.clock, with_own(std::move(parts.vitals)), std::move(parts.version)) {
  add_plain_routes();
  api_.add_routes(router_);
  if (parts.inbox) inbox_.add_routes(router_);
}

void Site::add_plain_routes() {
  using Segments = std::vector<std::string>;
  router_.add("GET", "/healthz", [this](const net::Request&, const Segments&, net::Respond respond) {
    health_.alive(std::move(respond));
  });
  router_.add("GET", "/readyz", [this](const net::Request&, const Segments&, net::Respond respond) {
    health_.ready(std::move(respond));
  });
  router_.add("GET", "/metrics", [this](const net::Request&, const Segments&, net::Respond respond) {
    health_.metrics({.webhooks = webhooks_.refused(), .api = api_.refused()}, std::move(respond));
  });
  router_.add("GET", "/assets/:", [this](const net::Request&, const Segments& segments, net::Respond respond) {
    respond(pages_.asset(segments.at(0)));
  });
}

/// What the site knows itself of its health, beside what main does.
Vitals Site::with_own(Vitals vitals) const {
  vitals.reasons = [this, others = std::move(vitals.reasons)] {
    auto reasons = others ? others() : std::vector<std::string>();
    std::ranges::move(refusals_.reasons(), std::back_inserter(reasons));
    return reasons;
  };
  vitals.more = [this, others = std::move(vitals.more)] {
    auto metrics = others ? others() : std::vector<Metric>();
    metrics.push_back(refusals_.metric());
    metrics.push_back({"countersign_request_memory_bytes",
                       "gauge",
                       "Bytes that requests hold until they are durable.",
                       {{"", budget_.used()}}});
    return metrics;
  };
  return vitals;
}

std::optional<net::Response> Site::refused_unread(const net::Request& head, int status) {
  if (!head.path.starts_with(Webhooks::prefix)) return std::nullopt;
  return webhooks_.refused_unread(head, status);
}

net::Handler* Site::mounted(std::string_view path) const {
  for (const auto& mount : mounts_) {
    if (!path.starts_with(mount.prefix)) continue;
    const auto below = path.substr(mount.prefix.size());
    if (below.empty() || below.starts_with('/')) return &mount.handler;
  }
  return nullptr;
}

net::Response Site::missing(const net::Request& request, int status, std::string_view what) const {
  if (request.path.starts_with("/api/") || !wants_page(request)) return json_error(status, what);
  return pages_.message(status, status == 404 ? "There is nothing here" : "That can't be done here",
                        status == 404 ? "The address may be cut or mistyped." : what);
}

void Site::handle(net::Request request, net::Respond respond) {
  if (request.path.starts_with(Webhooks::prefix)) return webhooks_.handle(std::move(request), std::move(respond));
  if (auto* const other = mounted(request.path)) return other->handle(std::move(request), std::move(respond));
  auto match = router_.find(request.method, request.path);
  if (match.action) return (*match.action)(std::move(request), std::move(match.segments), std::move(respond));
  if (match.allow.empty()) return respond(missing(request, 404, "there is nothing at this path"));
  auto reply = missing(request, 405, "this path does not take that method");
  reply.headers.emplace_back("Allow", match.allow);
  respond(std::move(reply));
}

std::shared_ptr<net::BodyReader> Site::body_reader(const net::Request& head) {
  return webhooks_.body_reader(head);
}

std::size_t Site::body_limit(const net::Request& head) const {
  if (const auto* const hook = webhooks_.find(head.path)) return hook->body_limit();
  if (const auto* const other = mounted(head.path)) return other->body_limit(head);
  return usual_body;
}

}  // namespace countersign::web
