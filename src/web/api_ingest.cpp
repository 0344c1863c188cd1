// Lines brought by hand: the messages of a file that a source missed. Nobody is asked about them unless that is wanted.
#include <fmt/ranges.h>

#include <algorithm>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "web/api.hpp"
#include "web/reply.hpp"
#include "web/webhook.hpp"

namespace countersign::web {
namespace {

app::Source ready(app::Source source) {
  if (source.default_program.empty()) source.default_program = "sshd";
  source.live = false;
  return source;
}

std::string mend(const std::string& name, const std::vector<app::Source>& sources) {
  constexpr std::size_t shown = 300;
  std::vector<std::string_view> names;
  names.reserve(sources.size());
  for (const auto& source : sources)
    names.emplace_back(source.name);
  if (const auto close = nearest(name, names); !close.empty()) return fmt::format("did you mean '{}'?", close);
  if (names.empty()) return "none is configured";
  return fmt::format("there are {}", one_line(fmt::format("{}", fmt::join(names, ", ")), shown));
}

/// A source's name binds as its own door does: to its class, hosts and JSON. Another name only the security team's
/// tokens may give: whoever holds a program's would be as many witnesses as they can think of.
Result<app::Source> source_of_lines(const std::string& name, const std::vector<app::Source>& sources, Role role) {
  constexpr std::size_t shown = 60;
  if (const auto known = std::ranges::find(sources, name, &app::Source::name); known != sources.end())
    return ready(*known);
  if (role == Role::ingest)
    return fail(Fault::invalid,
                "source: no webhook, tail, syslog listener or backfill is called '{}'; {} (a name of its own needs a "
                "token of role security or admin)",
                one_line(name, shown), mend(name, sources));
  app::Source source;
  source.name = name;
  return ready(std::move(source));
}

}  // namespace

/// POST /api/v1/ingest?source=NAME[&ask=yes]: what the generic JSON webhook takes; answers its tally. Lines
/// brought by hand come once: of those that can't be read none is refused, all are quarantined.
void Api::ingest_lines(const Caller& caller, net::Request request, std::vector<std::string> /*none*/,
                       net::Respond respond) {
  constexpr std::size_t longest_name = 100;
  const auto name = form_value(request.query, "source").value_or("");
  if (name.empty() || name.size() > longest_name)
    return respond(json_error(400, "source: name the webhook or tail whose lines these are"));
  if (name.starts_with("agent:")) return respond(json_error(403, "source: what agents say comes from agents alone"));
  auto source = source_of_lines(name, parts_.sources, caller.role);
  if (!source) return respond(json_error(source.error()));
  const auto ask = form_value(request.query, "ask").value_or("no");
  if (ask != "yes" && ask != "no")
    return respond(json_error(400, fmt::format("ask: '{}' is neither yes nor no", one_line(ask, 20))));
  source->ask = ask == "yes";
  if (!parts_.lines) return respond(json_error(503, "this service takes no lines"));
  const auto no_room = json_error(503, "too much is being taken in at once: try again later");
  auto share = parts_.budget.take(held_while_decoding(request.body, "", Webhook::usual_unpacked));
  if (!share) return respond(no_room);
  app::Delivery delivery;
  delivery.content_type = "application/x-ndjson";
  delivery.body = request.body;
  delivery.arrival = parts_.clock.now();
  auto decoded = parts_.lines->decode(delivery);
  if (!decoded) return respond(json_error(decoded.error()));
  if (!share->resize(held_by(*decoded))) return respond(no_room);
  parts_.ingest.messages(
      *source, *std::move(decoded),
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
