#include "web/health.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/export.hpp"
#include "base/text.hpp"
#include "core/pager.hpp"
#include "web/reply.hpp"

namespace countersign::web {
namespace {

constexpr auto overdue = std::chrono::minutes(2);

std::int64_t seconds_since(const std::optional<Timestamp>& then, Timestamp now) {
  if (!then || *then > now) return 0;
  return std::chrono::duration_cast<std::chrono::seconds>(now - *then).count();
}

/// Prometheus' text, a family at a time.
class Exposition {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    out_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
    name_ = name;
  }
  template <typename Number>
  void sample(std::string_view labels, Number value) {
    out_ += fmt::format("{}{} {}\n", name_, labels, value);
  }
  template <typename Number>
  void single(std::string_view name, std::string_view type, std::string_view help, Number value) {
    family(name, type, help);
    sample("", value);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_, name_;
};

/// The store's counters are dotted names; "messages.RESULT.SOURCE" becomes labels.
void store_counters(Exposition& out, const std::vector<std::pair<std::string, std::int64_t>>& counters) {
  constexpr std::string_view messages = "messages.";
  out.family("countersign_messages_total", "counter", "Messages received, by what became of them.");
  for (const auto& [name, value] : counters) {
    if (!name.starts_with(messages)) continue;
    const auto rest = std::string_view(name).substr(messages.size());
    const auto dot = std::min(rest.find('.'), rest.size());
    out.sample(fmt::format(R"({{result="{}",source="{}"}})", label(rest.substr(0, dot)),
                           label(rest.substr(std::min(dot + 1, rest.size())))),
               value);
  }
  out.family("countersign_count_total", "counter", "Other things the store counts.");
  for (const auto& [name, value] : counters)
    if (!name.starts_with(messages)) out.sample(fmt::format(R"({{name="{}"}})", label(name)), value);
}

void standing(Exposition& out, const app::Standing& standing, Timestamp now) {
  out.single("countersign_notifications_owed", "gauge", "Notifications not delivered yet.", standing.owed);
  out.single("countersign_notifications_failed", "gauge", "Notifications given up.", standing.failed);
  out.single("countersign_notification_age_seconds", "gauge", "Age of the oldest notification that is due.",
             seconds_since(standing.oldest_owed, now));
  out.single("countersign_approvals_pending", "gauge", "Approvals nobody has decided.", standing.pending_approvals);
  out.family("countersign_audit_heads_unpublished", "gauge",
             "Heads of the audit chain that were tried and are not out.");
  for (const auto& [by, error, heads] : standing.unpublished)
    out.sample(fmt::format(R"({{by="{}"}})", label(by)), heads);
  out.single("countersign_quarantined", "gauge", "Messages in quarantine.", standing.quarantined);
  store_counters(out, standing.counters);
}

/// How long ago each host's agent spoke, and how many are expected that never did.
void agents(Exposition& out, const std::vector<app::AgentHost>& hosts, Timestamp now) {
  std::int64_t never = 0;
  out.family("countersign_agent_age_seconds", "gauge", "Since the host's agent was heard last.");
  for (const auto& host : hosts) {
    std::optional<Timestamp> newest;
    for (const auto& agent : host.agents)
      newest = std::max(newest.value_or(agent.last_seen), agent.last_seen);
    if (newest)
      out.sample(fmt::format(R"({{host="{}"}})", label(host.host)), seconds_since(newest, now));
    else
      ++never;
  }
  out.single("countersign_agents_never_heard", "gauge", "Hosts with an agent configured that never spoke.", never);
}

/// What each export has not delivered; 0 where it keeps up.
void exports(Exposition& out, app::View& view, const std::vector<std::string>& names, Timestamp now) {
  if (names.empty()) return;
  std::vector<std::pair<std::string, app::FeedBacklog>> backlogs;
  for (const auto& name : names)
    if (const auto backlog = view.feed_backlog(app::Export::mark_of(name)))
      backlogs.emplace_back(fmt::format(R"({{export="{}"}})", label(name)), *backlog);
  out.family("countersign_export_backlog", "gauge", "Changes of the feed that an export has not passed yet.");
  for (const auto& [labels, backlog] : backlogs)
    out.sample(labels, backlog.waiting);
  out.family("countersign_export_backlog_age_seconds", "gauge", "Age of the oldest of them.");
  for (const auto& [labels, backlog] : backlogs)
    out.sample(labels, seconds_since(backlog.oldest, now));
}

/// What the newest canary of each host came to.
void canaries(Exposition& out, const std::vector<core::CanaryRun>& runs, Timestamp now) {
  if (runs.empty()) return;
  const auto host = [](const core::CanaryRun& run) { return fmt::format(R"({{host="{}"}})", label(run.host)); };
  out.family("countersign_canary_carried", "gauge", "Whether all carried the host's newest canary that is over.");
  for (const auto& run : runs)
    if (run.finished_at) out.sample(host(run), core::all_carried(core::steps_of(run, now)) ? 1 : 0);
  out.family("countersign_canary_age_seconds", "gauge", "Since the host's newest canary began.");
  for (const auto& run : runs)
    out.sample(host(run), seconds_since(run.started_at, now));
  out.family("countersign_canary_step_seconds", "gauge", "From its begin until the step had carried it.");
  for (const auto& run : runs)
    for (const auto& step : core::steps_of(run, now))
      if (step.took)
        out.sample(fmt::format(R"({{host="{}",step="{}"}})", label(run.host), step.name),
                   std::chrono::duration<double>(*step.took).count());
}

void http(Exposition& out, const net::ServerCounters& counters) {
  out.single("countersign_http_connections_total", "counter", "Connections accepted.", counters.accepted);
  out.single("countersign_http_connections_open", "gauge", "Connections open now.", counters.open);
  out.single("countersign_http_requests_total", "counter", "Requests read.", counters.requests);
  out.single("countersign_http_refused_total", "counter", "Connections and requests refused by a limit.",
             counters.refused);
  out.single("countersign_http_timed_out_total", "counter", "Connections that took too long.", counters.timed_out);
  out.single("countersign_http_malformed_total", "counter", "Requests that were not HTTP.", counters.malformed);
}

void others(Exposition& out, const std::vector<Metric>& metrics) {
  for (const auto& metric : metrics) {
    out.family(metric.name, metric.type, metric.help);
    for (const auto& [labels, value] : metric.samples)
      out.sample(labels.empty() ? std::string() : fmt::format("{{{}}}", labels), value);
  }
}

void refusals(Exposition& out, const Refused& refused) {
  out.family("countersign_tokens_refused_total", "counter", "Requests refused for a missing or wrong token.");
  out.sample(R"({door="api"})", refused.api);
  for (const auto& [name, count] : refused.webhooks)
    out.sample(fmt::format(R"({{door="webhook",source="{}"}})", label(name)), count);
}

}  // namespace

std::string label(std::string_view value) {
  std::string out;
  for (const char c : clean_utf8(value)) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out;
}

void Health::alive(net::Respond respond) const {
  respond(json_reply(200, {{"status", "ok"}, {"version", version_}}));
}

void Health::ready(net::Respond respond) const {
  auto reasons = vitals_.reasons ? vitals_.reasons() : std::vector<std::string>();
  if (!store_.healthy()) {
    reasons.insert(reasons.begin(), "the store can't commit");
    return respond(
        json_reply(503, {{"status", "unavailable"}, {"reasons", reasons}, {"oldest_notification_age_s", 0}}));
  }
  const auto answer = [now = clock_.now()](std::vector<std::string> why, const Result<app::Standing>& standing) {
    const auto age = standing ? seconds_since(standing->oldest_owed, now) : 0;
    if (!standing) why.push_back("the store can't be read: " + standing.error().message);
    if (standing)
      for (const auto& [by, error, heads] : standing->unpublished)
        why.push_back(fmt::format("{} of the audit chain's heads {} not published by {}: {}", heads,
                                  heads == 1 ? "is" : "are", by == core::head_file ? "head_file" : "webhook", error));
    if (age > std::chrono::seconds(overdue).count())
      why.push_back(fmt::format("the oldest notification is {} s overdue{}{}", age,
                                standing->oldest_error.empty() ? "" : ": ", standing->oldest_error));
    return json_reply(
        200, {{"status", why.empty() ? "ok" : "degraded"}, {"reasons", why}, {"oldest_notification_age_s", age}});
  };
  auto shared = std::make_shared<net::Respond>(std::move(respond));
  const bool queued = store_.read([shared, answer, reasons, now = clock_.now()](app::View& view) {
    (*shared)(answer(reasons, view.standing(now)));
  });
  if (!queued) (*shared)(answer(reasons, fail(Fault::overloaded, "too many reads wait")));
}

void Health::metrics(Refused refused, net::Respond respond) const {
  const auto counters = vitals_.http ? vitals_.http() : net::ServerCounters();
  const auto reasons = vitals_.reasons ? vitals_.reasons().size() : 0;
  const auto more = vitals_.more ? vitals_.more() : std::vector<Metric>();
  from_view(
      store_, std::move(respond),
      [this, refused = std::move(refused), counters, reasons, more, now = clock_.now()](app::View& view) {
        Exposition out;
        out.family("countersign_info", "gauge", "The program that runs.");
        out.sample(fmt::format(R"({{version="{}"}})", label(version_)), 1);
        out.single("countersign_store_healthy", "gauge", "Whether the last commit worked.", store_.healthy() ? 1 : 0);
        out.single("countersign_degraded_reasons", "gauge", "Things that are wrong outside the store.", reasons);
        http(out, counters);
        refusals(out, refused);
        others(out, more);
        if (const auto now_standing = view.standing(now)) standing(out, *now_standing, now);
        if (const auto hosts = view.agent_hosts()) agents(out, *hosts, now);
        exports(out, view, vitals_.exports, now);
        if (const auto runs = view.canary_runs()) canaries(out, *runs, now);
        return net::Response{
            .status = 200,
            .headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}, {"Cache-Control", "no-store"}},
            .body = out.take()};
      });
}

}  // namespace countersign::web
