#include "app/compose_report.hpp"

#include <fmt/chrono.h>

#include <algorithm>
#include <map>

namespace countersign::app {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr auto late_after = std::chrono::minutes(1);  // six heartbeats

std::string date_of(std::int64_t day) {
  return fmt::format("{:%F}", std::chrono::system_clock::time_point(sys_days(days(day))));
}

/// Every day of the span in order, also those without a login; none where the span is longer than a chart can show.
std::map<std::int64_t, Verdicts> empty_days(Timestamp from, Timestamp to) {
  const auto first = std::chrono::floor<days>(from).time_since_epoch().count();
  const auto last = std::chrono::ceil<days>(to).time_since_epoch().count();
  std::map<std::int64_t, Verdicts> made;
  if (last - first <= Report::most_days)
    for (auto day = first; day < last; ++day)
      made.try_emplace(day);
  return made;
}

Result<void> count_verdicts(View& view, Report& report, std::map<std::string, ReportHost>& hosts) {
  const auto rows = view.verdict_figures(report.from, report.to);
  if (!rows) return std::unexpected(rows.error());
  auto by_day = empty_days(report.from, report.to);
  for (const auto& row : *rows) {
    report.summary.add(row.verdict, row.independent, row.n);
    hosts[row.host].verdicts.add(row.verdict, row.independent, row.n);
    if (const auto day = by_day.find(row.day); day != by_day.end())
      day->second.add(row.verdict, row.independent, row.n);
  }
  for (const auto& [day, verdicts] : by_day)
    report.days.push_back({date_of(day), verdicts});
  return {};
}

Result<void> list_findings(View& view, Report& report) {
  ApprovalFilter filter;
  filter.kind = "finding";
  filter.from = report.from;
  filter.to = report.to;
  filter.limit = 1000;
  do {
    auto page = view.approvals(filter);
    if (!page) return std::unexpected(page.error());
    std::ranges::move(page->rows, std::back_inserter(report.findings));
    filter.cursor = page->next_cursor;
  } while (!filter.cursor.empty() && report.findings.size() < Report::most_findings);
  report.more_findings = !filter.cursor.empty();
  return {};
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

/// The logins that findings are about, with what every witness said.
Result<void> read_disputed(View& view, Report& report) {
  for (const auto& finding : report.findings) {
    if (finding.events.empty()) continue;
    const auto about = parse_id(core::field(finding.events.front().event, "finding.about"));
    if (!about) continue;  // about no single login
    auto login = view.event(*about);
    if (login)
      report.disputed.push_back(*std::move(login));
    else if (login.error().fault != Fault::not_found)
      return std::unexpected(login.error());
  }
  return {};
}

/// Ways in that only one witness, or none, tells of.
void note_blind_ways(ReportHost& host) {
  if (!host.coverage.enrolled && host.verdicts.logins > 0)
    host.notes.emplace_back("logs tell of logins, and no agent watches: nobody would notice one that is not logged");
}

/// Reads one part of the report where nothing has failed before.
template <typename Part>
Result<void> read_part(Result<Part> read, Part& into) {
  if (!read) return std::unexpected(read.error());
  into = *std::move(read);
  return {};
}

}  // namespace

void Verdicts::add(std::string_view verdict, bool independent, std::int64_t n) {
  logins += n;
  if (verdict == "matched" && !independent) verdict = "matched_same_credential";
  for (const auto& [name, count] : verdict_counts)
    if (name == verdict) this->*count += n;
}

Verdicts& Verdicts::operator+=(const Verdicts& other) {
  for (const auto& [name, count] : verdict_counts)
    this->*count += other.*count;
  return *this;
}

std::vector<const StoredEvent*> Report::accounts_of(const FullApproval& finding) const {
  std::vector<const StoredEvent*> events;
  if (!finding.events.empty()) {
    const auto about = core::field(finding.events.front().event, "finding.about");
    for (const auto& login : disputed)
      if (!about.empty() && to_text(login.id) == about) return {&login};
  }
  for (const auto& event : finding.events)
    events.push_back(&event);
  return events;
}

bool Report::has_findings() const {
  return !findings.empty() || summary.missing_log + summary.missing_kernel + summary.mismatch > 0;
}

Result<Report> compose_report(View& view, const core::Directory& directory, Timestamp from, Timestamp to,
                              Timestamp now) {
  if (from >= to)
    return fail(Fault::invalid, "the span from {} to {} is empty: 'from' must be earlier than 'to'", to_rfc3339(from),
                to_rfc3339(to));
  Report report;
  report.from = from;
  report.to = to;
  report.made_at = now;
  std::map<std::string, ReportHost> hosts;
  for (const auto& host : directory.entries().hosts)
    hosts.try_emplace(host.name);
  if (auto counted = count_verdicts(view, report, hosts); !counted) return std::unexpected(counted.error());
  if (auto listed = list_findings(view, report); !listed) return std::unexpected(listed.error());
  if (auto read = read_disputed(view, report); !read) return std::unexpected(read.error());
  if (auto read = read_part(view.approval_figures(from, to), report.approvals); !read)
    return std::unexpected(read.error());
  if (auto read = read_part(view.quarantine_figures(from, to), report.quarantine); !read)
    return std::unexpected(read.error());
  if (auto read = read_part(view.delivery_figures(from, to), report.delivery); !read)
    return std::unexpected(read.error());
  AuditHead head;
  if (auto read = read_part(view.audit_head(), head); !read) return std::unexpected(read.error());
  report.audit_head = std::move(head.newest);
  report.audit_entries = head.entries;
  for (auto& [name, host] : hosts) {
    host.name = name;
    if (auto read = read_coverage(view, report, host); !read) return std::unexpected(read.error());
    note_blind_ways(host);
    report.hosts.push_back(std::move(host));
  }
  return report;
}

}  // namespace countersign::app
