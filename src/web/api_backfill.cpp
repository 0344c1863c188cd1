// What providers are asked for: a span that their deliveries missed.
#include "web/api.hpp"
#include "web/bounded_json.hpp"
#include "web/json.hpp"
#include "web/reply.hpp"

namespace countersign::web {
namespace {

Json progress_json(const app::BackfillProgress& progress) {
  Json json{{"name", progress.name}, {"state", app::to_text(progress.state)}};
  if (progress.state == app::BackfillState::idle) return json;
  json.update({{"from", to_rfc3339(progress.span.since)},
               {"to", to_rfc3339(progress.span.until)},
               {"ask", progress.span.ask},
               {"reached", to_rfc3339(progress.reached)},
               {"resumed", progress.resumed},
               {"received", progress.tally.received},
               {"events", progress.tally.events},
               {"duplicates", progress.tally.duplicates},
               {"quarantined", progress.tally.quarantined},
               {"ignored", progress.tally.ignored},
               {"pages", progress.pages},
               {"retries", progress.retries}});
  if (!progress.trouble.empty()) json["trouble"] = progress.trouble;
  return json;
}

/// {"since": RFC 3339, "until"?: RFC 3339, "ask"?: true}
Result<app::BackfillSpan> read_span(const Json& body, Timestamp now) {
  app::BackfillSpan span;
  span.until = now;
  const auto time = [&](const char* key, Timestamp& target) -> Result<void> {
    if (!body[key].is_string()) return fail(Fault::invalid, "{}: write a time as 2026-11-20T01:02:03Z", key);
    const auto at = parse_rfc3339(body[key].get_ref<const std::string&>());
    if (!at) return fail(Fault::invalid, "{}: {}", key, at.error().message);
    target = *at;
    return {};
  };
  if (!body.contains("since")) return fail(Fault::invalid, R"(since is needed: {{"since":"TIME"}})");
  if (auto read = time("since", span.since); !read) return std::unexpected(read.error());
  if (body.contains("until"))
    if (auto read = time("until", span.until); !read) return std::unexpected(read.error());
  span.ask = body.contains("ask") && body["ask"] == Json(true);
  return span;
}

}  // namespace

/// POST /api/v1/backfills/NAME: 202 with its progress at once.
void Api::start_backfill(const Caller& /*caller*/, net::Request request, std::vector<std::string> segments,
                         net::Respond respond) {
  if (!parts_.backfills) return respond(json_error(503, "this service asks no provider"));
  const auto body = parse_object(request.body);
  if (!body) return respond(json_error(body.error()));
  const auto span = read_span(*body, parts_.clock.now());
  if (!span) return respond(json_error(span.error()));
  const auto started = parts_.backfills->start(segments.front(), *span);
  respond(started ? json_reply(202, progress_json(*started)) : json_error(started.error()));
}

void Api::list_backfills(const Caller& /*caller*/, net::Request /*request*/, std::vector<std::string> /*none*/,
                         net::Respond respond) {
  Json rows = Json::array();
  if (parts_.backfills)
    for (const auto& progress : parts_.backfills->progress())
      rows.push_back(progress_json(progress));
  respond(json_reply(200, {{"backfills", std::move(rows)}}));
}

}  // namespace countersign::web
