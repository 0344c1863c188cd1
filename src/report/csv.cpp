#include <fmt/format.h>

#include "base/text.hpp"
#include "report/cell.hpp"
#include "report/forms.hpp"
#include "report/words.hpp"

namespace countersign::report {
namespace {

constexpr std::string_view line_end = "\r\n";  // RFC 4180

struct Row {
  std::string record, name;
  std::string from{}, to{};
  std::optional<app::Verdicts> verdicts{};
  std::string covered{}, gaps{};
  std::string kind{}, user{}, address{}, state{}, reason{};
  std::string believed_until{}, skew{};
};

void add_row(std::string& csv, const Row& row) {
  csv += fmt::format("{},{},{},{}", cell(row.record), cell(row.name), cell(row.from), cell(row.to));
  for (const auto& [name, count] : app::verdict_counts)
    csv += row.verdicts ? fmt::format(",{}", *row.verdicts.*count) : ",";
  for (const auto* text : {&row.covered, &row.gaps})
    csv += "," + *text;
  for (const auto* text : {&row.kind, &row.user, &row.address, &row.state, &row.reason})
    csv += "," + cell(*text);
  csv += "," + cell(row.believed_until) + "," + row.skew;
  csv += line_end;
}

/// The log stream's that lies furthest off, in seconds.
std::string skew_of(const app::ReportHost& host) {
  std::optional<Duration> furthest;
  for (const auto& stream : host.streams)
    if (stream.skew && (!furthest || std::chrono::abs(*stream.skew) > std::chrono::abs(*furthest)))
      furthest = stream.skew;
  return furthest ? fmt::format("{:.3f}", static_cast<double>(furthest->count()) / 1e6) : "";
}

Row asked_row(const app::FullApproval& asked) {
  Row row{.record = "approval", .name = ""};
  row.from = to_rfc3339(asked.approval.created_at);
  row.kind = core::to_text(asked.approval.state);
  row.state = settled_by(asked.approval);
  row.reason = logins_of(asked);
  if (!asked.events.empty()) {
    const auto& event = asked.events.front().event;
    row.name = event.host;
    row.user = event.user;
    row.address = event.address;
  }
  return row;
}

Row finding_row(const app::FullApproval& finding) {
  Row row{.record = "finding", .name = ""};
  row.from = to_rfc3339(finding.approval.created_at);
  row.kind = kind_of(finding);
  row.reason = finding.approval.reason;
  const auto settled = settled_by(finding.approval);
  row.state = settled.empty() ? core::to_text(finding.approval.state) : settled;
  if (!finding.events.empty()) {
    const auto& event = finding.events.front().event;
    row.name = event.host;
    row.user = event.user;
    row.address = event.address;
  }
  return row;
}

}  // namespace

std::string cell(std::string_view bytes) {
  auto text = one_line(bytes, 1000);
  if (!text.empty() && std::string_view("=+-@").find(text.front()) != std::string_view::npos) text.insert(0, 1, '\'');
  std::string quoted = "\"";
  for (const char c : text)
    quoted.append(c == '"' ? 2U : 1U, c);
  return quoted + '"';
}

std::string to_csv(const app::Report& report) {
  std::string csv = "record,name,from,to";
  for (const auto& [name, count] : app::verdict_counts)
    csv += fmt::format(",{}", name);
  csv += ",coverage_percent,gaps,kind,user,source_ip,state,reason,believed_until,clock_skew_seconds";
  csv += line_end;

  const auto from = to_rfc3339(report.from);
  const auto to = to_rfc3339(report.to);
  add_row(csv, {.record = "summary", .name = "all hosts", .from = from, .to = to, .verdicts = report.summary});
  for (const auto& day : report.days)
    add_row(csv, {.record = "day", .name = day.date, .verdicts = day.verdicts});
  for (const auto& host : report.hosts)
    add_row(csv, {.record = "host",
                  .name = host.name,
                  .from = from,
                  .to = to,
                  .verdicts = host.verdicts,
                  .covered = host.coverage.enrolled ? fmt::format("{:.4f}", host.covered * 100) : "",
                  .gaps = host.coverage.enrolled ? fmt::format("{}", host.coverage.gaps.size()) : "",
                  .believed_until = host.believed_until ? to_rfc3339(*host.believed_until) : "",
                  .skew = skew_of(host)});
  for (const auto& host : report.hosts)
    for (const auto& way : host.ways)
      add_row(csv, {.record = "way",
                    .name = host.name,
                    .from = way.since ? to_rfc3339(*way.since) : "",
                    .kind = way.kind,
                    .reason = way.words});
  for (const auto& proposal : report.aliases)
    add_row(csv, {.record = "alias",
                  .name = proposal.evidence.host,
                  .from = to_rfc3339(proposal.evidence.first),
                  .to = to_rfc3339(proposal.evidence.last),
                  .kind = proposal.evidence.name,
                  .reason = proposal.words});
  for (const auto* list : {&report.open, &report.denied})
    for (const auto& asked : *list)
      add_row(csv, asked_row(asked));
  for (const auto& finding : report.findings)
    add_row(csv, finding_row(finding));
  return csv;
}

}  // namespace countersign::report
