#include <fmt/format.h>

#include "base/text.hpp"
#include "core/gap_words.hpp"
#include "report/cell.hpp"
#include "report/forms.hpp"
#include "report/sides.hpp"
#include "report/walk.hpp"
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
  std::string finding{}, log_account{}, kernel_account{};
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
  for (const auto* text : {&row.finding, &row.log_account, &row.kernel_account})
    csv += "," + cell(*text);
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

void set_event(Row& row, const core::Event& event) {
  row.name = event.host;
  row.user = event.user;
  row.address = event.address;
}

Row asked_row(const app::ReportAsked& asked) {
  Row row{.record = "approval", .name = ""};
  row.from = to_rfc3339(asked.at);
  row.kind = core::to_text(asked.state);
  row.state = settled_by(asked);
  row.reason = logins_of(asked);
  if (asked.first) set_event(row, *asked.first);
  return row;
}

Row finding_row(const app::ReportFinding& finding) {
  Row row{.record = "finding", .name = ""};
  row.from = to_rfc3339(finding.approval.created_at);
  row.kind = kind_of(finding);
  row.reason = finding.approval.reason;
  const auto settled = settled_by(finding.approval);
  row.state = settled.empty() ? core::to_text(finding.approval.state) : settled;
  row.finding = countersign::to_text(finding.approval.id);
  if (finding.first.id) set_event(row, finding.first.event);
  return row;
}

/// One login that a finding is about, both accounts in one row. Of two messages under one id, each has a row.
Row account_row(const app::FindingEvent& of, Id finding) {
  const auto& stored = of.login ? *of.login : of.event;
  Row row{.record = "account", .name = ""};
  row.from = to_rfc3339(stored.event.time);
  row.kind = stored.verdict;
  row.reason = stored.reasons;
  for (const auto& mark : of.marks)
    row.reason += (row.reason.empty() ? "" : "; ") + mark;
  set_event(row, stored.event);
  row.finding = countersign::to_text(finding);
  app::FindingEvent alone = of;
  alone.same_id.clear();
  for (const auto& side : sides_of(alone))
    (side.title == "kernel" ? row.kernel_account : row.log_account) +=
        (side.title == "log" || side.title == "kernel" ? "" : side.title + ": ") + words_of(side);
  return row;
}

Result<void> add_finding_rows(std::string& csv, app::ReportLists& lists, const app::FindingPlace& place) {
  const auto finding = lists.finding(place);
  if (!finding) return std::unexpected(finding.error());
  add_row(csv, finding_row(*finding));
  return each_event(lists, place.id, std::string::npos, [&](const app::FindingEvent& of) {
    add_row(csv, account_row(of, place.id));
    for (const auto& other : of.same_id)
      add_row(csv, account_row({other, {}, {}, {}}, place.id));
  });
}

void add_host_rows(std::string& csv, const app::Report& report) {
  for (const auto& host : report.hosts)
    add_row(csv, {.record = "host",
                  .name = host.name,
                  .from = to_rfc3339(report.from),
                  .to = to_rfc3339(report.to),
                  .verdicts = host.verdicts,
                  .covered = host.coverage.enrolled ? fmt::format("{:.4f}", host.covered * 100) : "",
                  .gaps = host.coverage.enrolled ? fmt::format("{}", host.coverage.gaps.size()) : "",
                  .believed_until = host.believed_until ? to_rfc3339(*host.believed_until) : "",
                  .skew = skew_of(host)});
  for (const auto& host : report.hosts)
    for (const auto& gap : host.coverage.gaps)
      add_row(csv, {.record = "gap",
                    .name = host.name,
                    .from = to_rfc3339(gap.from),
                    .to = to_rfc3339(gap.until),
                    .reason = core::words_of(gap)});
  for (const auto& host : report.hosts)
    for (const auto& way : host.ways)
      add_row(csv, {.record = "way",
                    .name = host.name,
                    .from = way.since ? to_rfc3339(*way.since) : "",
                    .kind = way.kind,
                    .reason = way.words});
}

void add_figure_rows(std::string& csv, const app::Report& report) {
  for (const auto& decider : report.approvals.by)
    add_row(csv, {.record = "decider",
                  .name = decider.name,
                  .reason = fmt::format("{} approved, {} denied, {} other; {} findings", decider.approved,
                                        decider.denied, decider.others, decider.findings)});
  for (const auto& row : report.delivery)
    add_row(csv, {.record = "delivery",
                  .name = row.source,
                  .reason = fmt::format("{} lines after {} (median), {} (95 of 100), {} (slowest){}", row.delay.n,
                                        spoken(row.delay.p50), spoken(row.delay.p95), spoken(row.delay.worst),
                                        left_out_of(row))});
  const auto hours = app::hours_of(report.from, report.to);
  for (const auto& row : report.refused)
    add_row(csv, {.record = "refused",
                  .name = row.webhook,
                  .from = to_rfc3339(hours.from),
                  .to = to_rfc3339(hours.to),
                  .kind = row.reason,
                  .state = fmt::to_string(row.status),
                  .reason = fmt::format("{} deliveries refused: {}", row.n, why_of(row))});
  for (const auto& row : report.quarantine)
    add_row(csv, {.record = "quarantine",
                  .name = row.source,
                  .kind = row.program,
                  .reason = fmt::format("{} messages no rule understood", row.messages)});
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

Result<std::string> to_csv(const app::Report& report, app::ReportLists& lists) {
  std::string csv = "record,name,from,to";
  for (const auto& [name, count] : app::verdict_counts)
    csv += fmt::format(",{}", name);
  csv += ",coverage_percent,gaps,kind,user,source_ip,state,reason,believed_until,clock_skew_seconds";
  csv += ",finding,log_account,kernel_account";
  csv += line_end;

  add_row(csv, {.record = "summary",
                .name = "all hosts",
                .from = to_rfc3339(report.from),
                .to = to_rfc3339(report.to),
                .verdicts = report.summary});
  for (const auto& day : report.days)
    add_row(csv, {.record = "day", .name = day.date, .verdicts = day.verdicts});
  add_host_rows(csv, report);
  for (const auto& proposal : report.aliases)
    add_row(csv, {.record = "alias",
                  .name = proposal.evidence.host,
                  .from = to_rfc3339(proposal.evidence.first),
                  .to = to_rfc3339(proposal.evidence.last),
                  .kind = proposal.evidence.name,
                  .reason = proposal.words});
  for (const auto state : {core::ApprovalState::pending, core::ApprovalState::denied})
    if (auto added = each_asked(lists, state, std::string::npos,
                                [&](const app::ReportAsked& asked) { add_row(csv, asked_row(asked)); });
        !added)
      return std::unexpected(added.error());
  for (const auto& place : report.findings)
    if (auto added = add_finding_rows(csv, lists, place); !added) return std::unexpected(added.error());
  add_figure_rows(csv, report);
  return csv;
}

}  // namespace countersign::report
