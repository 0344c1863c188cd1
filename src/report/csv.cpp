#include <fmt/format.h>

#include "base/text.hpp"
#include "report/forms.hpp"
#include "report/words.hpp"

namespace countersign::report {
namespace {

constexpr std::string_view line_end = "\r\n";  // RFC 4180

/// A cell of any bytes. What begins like a formula would be computed by a spreadsheet, so it gets an apostrophe
/// (OWASP "CSV Injection").
std::string cell(std::string_view bytes) {
  auto text = one_line(bytes, 1000);
  if (!text.empty() && std::string_view("=+-@").find(text.front()) != std::string_view::npos) text.insert(0, 1, '\'');
  std::string quoted = "\"";
  for (const char c : text)
    quoted.append(c == '"' ? 2U : 1U, c);
  return quoted + '"';
}

struct Row {
  std::string record, name;
  std::string from{}, to{};
  std::optional<app::Verdicts> verdicts{};
  std::string covered{}, gaps{};
  std::string kind{}, user{}, address{}, state{}, reason{};
};

void add_row(std::string& csv, const Row& row) {
  csv += fmt::format("{},{},{},{}", cell(row.record), cell(row.name), cell(row.from), cell(row.to));
  for (const auto& [name, count] : app::verdict_counts)
    csv += row.verdicts ? fmt::format(",{}", *row.verdicts.*count) : ",";
  for (const auto* text : {&row.covered, &row.gaps})
    csv += "," + *text;
  for (const auto* text : {&row.kind, &row.user, &row.address, &row.state, &row.reason})
    csv += "," + cell(*text);
  csv += line_end;
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

std::string to_csv(const app::Report& report) {
  std::string csv = "record,name,from,to";
  for (const auto& [name, count] : app::verdict_counts)
    csv += fmt::format(",{}", name);
  csv += ",coverage_percent,gaps,kind,user,source_ip,state,reason";
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
                  .gaps = host.coverage.enrolled ? fmt::format("{}", host.coverage.gaps.size()) : ""});
  for (const auto& finding : report.findings)
    add_row(csv, finding_row(finding));
  return csv;
}

}  // namespace countersign::report
