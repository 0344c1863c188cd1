// Lines brought by hand: the messages of a file that a source missed. Nobody is asked about them unless that is wanted.
#include <algorithm>

#include "base/encoding.hpp"
#include "web/api.hpp"
#include "web/reply.hpp"

namespace countersign::web {
namespace {

/// A webhook's name binds as its token does: its class, its hosts.
app::Source source_of_lines(const std::string& name, const std::vector<app::Source>& sources) {
  app::Source source;
  if (const auto known = std::ranges::find(sources, name, &app::Source::name); known != sources.end()) source = *known;
  source.name = name;
  if (source.default_program.empty()) source.default_program = "sshd";
  source.live = false;
  return source;
}

}  // namespace

/// POST /api/v1/ingest?source=NAME[&ask=yes]: what the generic JSON webhook takes; answers its tally.
void Api::ingest_lines(const Caller& /*caller*/, net::Request request, std::vector<std::string> /*none*/,
                       net::Respond respond) {
  constexpr std::size_t longest_name = 100;
  const auto name = form_value(request.query, "source").value_or("");
  if (name.empty() || name.size() > longest_name)
    return respond(json_error(400, "source: name the webhook or tail whose lines these are"));
  if (name.starts_with("agent:")) return respond(json_error(403, "source: what agents say comes from agents alone"));
  auto source = source_of_lines(name, parts_.sources);
  source.ask = form_value(request.query, "ask") == "yes";
  if (!parts_.lines) return respond(json_error(503, "this service takes no lines"));
  const auto no_room = json_error(503, "too much is being taken in at once: try again later");
  auto share = parts_.budget.take(request.body.size());
  if (!share) return respond(no_room);
  app::Delivery delivery;
  delivery.content_type = "application/x-ndjson";
  delivery.body = request.body;
  delivery.arrival = parts_.clock.now();
  auto decoded = parts_.lines->decode(delivery);
  if (!decoded) return respond(json_error(decoded.error()));
  if (!share->resize(held_by(*decoded))) return respond(no_room);
  parts_.ingest.messages(
      source, *std::move(decoded),
      [respond = std::move(respond), share = std::move(share)](const Result<app::Tally>& tally) mutable {
        if (!tally) return respond(json_error(tally.error()));
        respond(json_reply(200, {{"received", tally->received},
                                 {"events", tally->events},
                                 {"duplicates", tally->duplicates},
                                 {"quarantined", tally->quarantined},
                                 {"ignored", tally->ignored}}));
      });
}

}  // namespace countersign::web
