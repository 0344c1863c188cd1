#include "web/agent_words.hpp"

#include <algorithm>

#include "app/agent_watch.hpp"

namespace countersign::web {
namespace {

constexpr std::size_t most_gaps = 100;

Json or_null(const std::optional<Timestamp>& at) {
  return at ? Json(to_rfc3339(*at)) : Json();
}

Json agent_json(const app::Agent& agent) {
  return {{"id", agent.id},
          {"joined", agent.joined()},
          {"version", agent.version},
          {"boot_id", agent.boot},
          {"contain", agent.contains ? Json(*agent.contains) : Json()},
          {"first_seen", to_rfc3339(agent.first_seen)},
          {"last_seen", to_rfc3339(agent.last_seen)}};
}

Json stream_json(const app::AgentStream& stream) {
  return {{"agent", stream.agent},
          {"class", stream.witness},
          {"sequence", stream.sequence},
          {"covered_until", or_null(stream.covered_until)},
          {"last_seen", to_rfc3339(stream.last_seen)},
          {"disputed", static_cast<bool>(stream.disputed)}};
}

Json gap_json(const core::Gap& gap) {
  return {{"from", to_rfc3339(gap.from)}, {"to", to_rfc3339(gap.until)}, {"lost", gap.lost}, {"why", gap.why}};
}

}  // namespace

Result<std::vector<HostAttention>> read_host_attention(app::View& view, Timestamp now) {
  auto hosts = view.agent_hosts();
  if (!hosts) return std::unexpected(hosts.error());
  const Timestamp midnight = std::chrono::floor<std::chrono::days>(now);
  std::vector<HostAttention> all;
  for (auto& host : *hosts) {
    HostAttention attention;
    attention.since = midnight;
    for (const auto& agent : host.agents)
      attention.last_seen = std::max(attention.last_seen.value_or(agent.last_seen), agent.last_seen);
    auto coverage = view.coverage(host.host, "kernel", midnight, now);
    if (!coverage) return std::unexpected(coverage.error());
    attention.today = *std::move(coverage);
    attention.host = std::move(host);
    all.push_back(std::move(attention));
  }
  return all;
}

bool is_silent(const HostAttention& host, Timestamp now) {
  return !host.last_seen || *host.last_seen <= now - app::AgentWatch::silent_after;
}

double covered_part(const HostAttention& host) {
  const auto until = host.today.covered_until;
  if (until <= host.since) return 0;
  Duration blind{};
  auto reached = host.since;
  for (const auto& gap : host.today.gaps) {  // oldest first; they may overlap
    const auto from = std::max(gap.from, reached);
    const auto end = std::min(gap.until, until);
    if (end > from) blind += end - from;
    reached = std::max(reached, end);
  }
  const auto all = std::chrono::duration<double>(until - host.since);
  return 1 - std::chrono::duration<double>(blind) / all;
}

Json host_attention_json(const HostAttention& attention, Timestamp now) {
  const auto& host = attention.host;
  Json agents = Json::array(), streams = Json::array(), gaps = Json::array();
  for (const auto& agent : host.agents)
    agents.push_back(agent_json(agent));
  for (const auto& stream : host.streams)
    streams.push_back(stream_json(stream));
  for (const auto& gap : attention.today.gaps)
    if (gaps.size() < most_gaps) gaps.push_back(gap_json(gap));
  const auto until = std::max(attention.today.covered_until, attention.since);
  return {{"host", host.host},
          {"configured", host.fixed},
          {"last_seen", or_null(attention.last_seen)},
          {"silent", is_silent(attention, now)},
          {"agents", std::move(agents)},
          {"streams", std::move(streams)},
          {"coverage",
           {{"from", to_rfc3339(attention.since)},
            {"to", to_rfc3339(until)},
            {"covered", covered_part(attention)},
            {"gaps", std::move(gaps)}}}};
}

}  // namespace countersign::web
