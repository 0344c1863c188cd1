#include "app/compose_report.hpp"

#include <fmt/chrono.h>

#include <algorithm>
#include <map>

#include "app/report_hosts.hpp"

namespace countersign::app {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

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
    auto& host = hosts[row.host];
    host.verdicts.add(row.verdict, row.independent, row.n);
    if (row.after_root) host.after_root.add(row.verdict, row.independent, row.n);
    if (const auto day = by_day.find(row.day); day != by_day.end())
      day->second.add(row.verdict, row.independent, row.n);
  }
  for (const auto& [day, verdicts] : by_day)
    report.days.push_back({date_of(day), verdicts});
  return {};
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

bool Report::has_findings() const {
  return !findings.empty() || summary.missing_log + summary.missing_kernel + summary.mismatch > 0;
}

FindingCounts Report::finding_counts() const {
  FindingCounts counts;
  counts.listed = static_cast<std::int64_t>(findings.size());
  for (const auto& finding : findings) {
    counts.raised += finding.raised ? 1 : 0;
    const auto pending = finding.state == core::ApprovalState::pending;
    const auto denied = finding.state == core::ApprovalState::denied;
    ++(pending ? counts.open : denied ? counts.denied : counts.signed_off);
  }
  return counts;
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
  if (auto read = read_part(view.findings_of(from, to), report.findings); !read) return std::unexpected(read.error());
  if (auto read = read_part(view.approval_figures(from, to), report.approvals); !read)
    return std::unexpected(read.error());
  if (auto read = read_part(view.quarantine_figures(from, to), report.quarantine); !read)
    return std::unexpected(read.error());
  if (auto read = read_part(view.delivery_figures(from, to), report.delivery); !read)
    return std::unexpected(read.error());
  if (auto read = read_part(view.refused_figures(from, to), report.refused); !read)
    return std::unexpected(read.error());
  AuditHead head;
  if (auto read = read_part(view.audit_head(), head); !read) return std::unexpected(read.error());
  report.audit_head = std::move(head.newest);
  report.audit_entries = head.entries;
  auto aliases = undeclared_aliases(view, directory);
  if (!aliases) return std::unexpected(aliases.error());
  report.aliases = std::move(aliases->proposed);
  if (auto described = describe_hosts(view, report, hosts); !described) return std::unexpected(described.error());
  return report;
}

}  // namespace countersign::app
