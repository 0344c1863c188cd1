// GET /api/v1/canaries and POST /api/v1/canaries/HOST/run.
#include "app/canary.hpp"
#include "web/api.hpp"
#include "web/canary_json.hpp"

namespace countersign::web {

Json canary_json(const core::CanaryRun& run, Timestamp now) {
  const auto steps = core::steps_of(run, now);
  Json shown = Json::array();
  for (const auto& step : steps)
    shown.push_back({{"step", step.name},
                     {"state", core::to_text(step.carried)},
                     {"took_s", step.took ? Json(std::chrono::duration<double>(*step.took).count()) : Json()},
                     {"words", step.words.empty() ? Json() : Json(step.words)}});
  return {{"id", countersign::to_text(run.id)},
          {"host", run.host},
          {"started_at", to_rfc3339(run.started_at)},
          {"finished_at", run.finished_at ? Json(to_rfc3339(*run.finished_at)) : Json()},
          {"carried", run.finished_at ? Json(core::all_carried(steps)) : Json()},
          {"words", core::words_of(run, steps)},
          {"steps", std::move(shown)},
          {"event", run.event ? Json(countersign::to_text(run.event)) : Json()}};
}

/// `{"canaries":[…]}`: the newest run of each host.
void Api::list_canaries(const Caller& /*caller*/, net::Request /*request*/, std::vector<std::string> /*none*/,
                        net::Respond respond) {
  from_view(parts_.store, std::move(respond), [now = parts_.clock.now()](app::View& view) {
    const auto runs = view.canary_runs();
    if (!runs) return json_error(runs.error());
    Json body{{"canaries", Json::array()}};
    for (const auto& run : *runs)
      body["canaries"].push_back(canary_json(run, now));
    return json_reply(200, body);
  });
}

/// 202 `{"id","host"}`: it is under way.
void Api::run_canary(const Caller& /*caller*/, net::Request /*request*/, std::vector<std::string> segments,
                     net::Respond respond) {
  auto& host = segments.at(0);
  if (!parts_.canaries) return respond(json_error(404, "this server makes no canaries"));
  parts_.canaries->run(host, [host, respond = std::move(respond)](Result<Id> begun) mutable {
    if (!begun) return respond(json_error(begun.error()));
    respond(json_reply(202, {{"id", countersign::to_text(*begun)}, {"host", host}}));
  });
}

}  // namespace countersign::web
