#include "app/report_hosts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/ways.hpp"
#include "base/text.hpp"

namespace countersign::app {
namespace {

using Hosts = std::map<std::string, ReportHost>;

constexpr auto late_after = std::chrono::minutes(1);  // six heartbeats
constexpr auto notable_skew = std::chrono::seconds(1);

std::string moment(Timestamp at) {
  return to_rfc3339(std::chrono::floor<std::chrono::seconds>(at));
}

/// How much of the span lies in no gap. Gaps may overlap: a loss within a silence.
double covered_part(const std::vector<core::Gap>& gaps, Timestamp from, Timestamp until) {
  auto reached = from;
  Duration blind{};
  for (const auto& gap : gaps) {
    const auto start = std::max(gap.from, reached);
    const auto end = std::min(gap.until, until);
    if (end > start) blind += end - start;
    reached = std::max(reached, end);
  }
  return 1.0 - static_cast<double>(blind.count()) / static_cast<double>((until - from).count());
}

/// What the kernel's witness saw of the host in the span. What it has not told of yet counts as neither, unless it is
/// late with it.
Result<void> read_coverage(View& view, const Report& report, ReportHost& host) {
  auto coverage = view.coverage(host.name, "kernel", report.from, report.to);
  if (!coverage) return std::unexpected(coverage.error());
  host.coverage = *std::move(coverage);
  if (!host.coverage.enrolled) return {};
  auto& gaps = host.coverage.gaps;
  const auto end = std::min(report.to, report.made_at);
  const auto told = std::clamp(host.coverage.covered_until, report.from, end);
  if (end - told > late_after) gaps.push_back({told, end, 0, "the agent has been silent since"});
  const auto until = end - told > late_after ? end : told;
  host.covered = until > report.from ? covered_part(gaps, report.from, until) : 0;
  return {};
}

Result<void> read_ways(View& view, const Report& report, Hosts& hosts) {
  const auto ways = view.host_ways(report.from, report.to);
  if (!ways) return std::unexpected(ways.error());
  for (const auto& way : *ways) {
    auto words = words_of(way.way);
    if (way.gone_at) words += fmt::format("; gone since {}", moment(*way.gone_at));
    hosts[way.host].ways.push_back(
        {way.way.kind, way.way.name, std::move(words), way.first_seen, way.gone_at.has_value()});
  }
  return {};
}

Result<void> read_streams(View& view, const Report& report, Hosts& hosts) {
  const auto all = view.all_streams();
  if (!all) return std::unexpected(all.error());
  for (const auto& of_host : *all)
    for (const auto& stream : of_host.streams.all) {
      if (stream.first >= report.to || stream.last < report.from) continue;
      hosts[of_host.host].streams.push_back(
          {stream.source, stream.witness, stream.offset.percentile(50), stream.heard});
    }
  return {};
}

Result<void> read_roots(View& view, const Report& report, Hosts& hosts) {
  const auto roots = view.first_roots();
  if (!roots) return std::unexpected(roots.error());
  for (const auto& root : *roots)
    if (const auto host = hosts.find(root.host); host != hosts.end() && root.time < report.to)
      host->second.believed_until = root.time;
  return {};
}

Result<void> read_origins(View& view, const Report& report, Hosts& hosts) {
  auto origins = view.origin_figures(report.from, report.to);
  if (!origins) return std::unexpected(origins.error());
  for (auto& origin : *origins)
    hosts[origin.host].origins.push_back(std::move(origin));
  return {};
}

/// What follows from who speaks for it at all.
void note_one_sided(ReportHost& host) {
  const bool log = std::ranges::any_of(host.streams, [](const auto& stream) { return stream.witness == "log"; });
  const char* kind = nullptr;
  const char* words = nullptr;
  if (!host.coverage.enrolled && (log || host.verdicts.logins > 0)) {
    kind = "no_agent";
    words = "logs tell of logins, and no agent watches: nobody would notice one that is not logged";
  } else if (host.coverage.enrolled && !log) {
    kind = "no_log";
    words = "an agent watches, and no log came: nobody would notice what is done to the agent";
  } else if (!host.coverage.enrolled) {
    kind = "no_witness";
    words = "it is configured, and neither an agent nor a log speaks for it";
  }
  if (kind) host.ways.insert(host.ways.begin(), {kind, "", words, std::nullopt, false});
}

void put_in_words(ReportHost& host) {
  if (host.believed_until && host.after_root.logins == 0)
    host.notes.push_back(fmt::format("believed until {}, its first root session", moment(*host.believed_until)));
  else if (host.believed_until)
    host.notes.push_back(fmt::format(
        "believed until {}, its first root session; after it came {} of its {} logins, {} of its {} matches",
        moment(*host.believed_until), host.after_root.logins, host.verdicts.logins,
        host.after_root.matched + host.after_root.matched_same_credential,
        host.verdicts.matched + host.verdicts.matched_same_credential));
  for (const auto& stream : host.streams)
    if (stream.skew && std::chrono::abs(*stream.skew) >= notable_skew)
      host.notes.push_back(fmt::format("the clock behind {} ({}) lies {:.1f} s {} the kernel's; set right in matching",
                                       one_line(stream.source, 120), stream.witness,
                                       static_cast<double>(std::chrono::abs(*stream.skew).count()) / 1e6,
                                       *stream.skew > Duration::zero() ? "ahead of" : "behind"));
  for (const auto& origin : host.origins)
    host.notes.push_back(
        fmt::format("{} login{} came from {}, {} of them without a session of theirs there{}", origin.logins,
                    origin.logins == 1 ? "" : "s", one_line(origin.via, 120),
                    origin.without_session == 0 ? "none" : std::to_string(origin.without_session),
                    origin.of_others == 0 ? "" : fmt::format(", {} out of somebody else's session", origin.of_others)));
}

/// Takes what names no host out of `hosts`; a row of the report where it carries logins.
void add_no_host(Report& report, Hosts& hosts) {
  auto taken = hosts.extract("");
  if (taken.empty() || taken.mapped().verdicts.logins == 0) return;
  auto& row = report.hosts.emplace_back();
  row.name = no_host;
  row.verdicts = taken.mapped().verdicts;
  row.streams = std::move(taken.mapped().streams);
}

}  // namespace

Result<void> describe_hosts(View& view, Report& report, Hosts& hosts) {
  for (const auto read : {&read_ways, &read_streams, &read_origins, &read_roots})
    if (auto done = read(view, report, hosts); !done) return done;
  const auto agents = view.agent_hosts();
  if (!agents) return std::unexpected(agents.error());
  for (const auto& agent : *agents)
    hosts.try_emplace(agent.host);
  add_no_host(report, hosts);
  for (auto& [name, host] : hosts) {
    host.name = name;
    if (auto read = read_coverage(view, report, host); !read) return read;
    note_one_sided(host);
    put_in_words(host);
    report.hosts.push_back(std::move(host));
  }
  return {};
}

Result<std::vector<ReportHost>> hosts_now(View& view, const core::Directory& directory, Timestamp now) {
  Report report;
  report.from = now - std::chrono::hours(7 * 24);
  report.to = report.made_at = now;
  Hosts hosts;
  for (const auto& host : directory.entries().hosts)
    hosts.try_emplace(host.name);
  if (auto described = describe_hosts(view, report, hosts); !described) return std::unexpected(described.error());
  for (auto& host : report.hosts)  // what was there in those days and is gone
    std::erase_if(host.ways, [](const ReportWay& way) { return way.gone; });
  return std::move(report.hosts);
}

}  // namespace countersign::app
