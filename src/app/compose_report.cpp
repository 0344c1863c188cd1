#include "app/compose_report.hpp"

#include <fmt/chrono.h>

#include <algorithm>
#include <map>

#include "app/report_hosts.hpp"
#include "base/text.hpp"

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

/// Of logins that people were asked about, those that somebody should look at.
Result<void> list_approvals(View& view, Report& report) {
  for (const auto& [state, list] : {std::pair(core::ApprovalState::pending, &report.open),
                                    std::pair(core::ApprovalState::denied, &report.denied)}) {
    ApprovalFilter filter;
    filter.kind = "login";
    filter.state = state;
    filter.from = report.from;
    filter.to = report.to;
    filter.oldest_first = state == core::ApprovalState::pending;
    filter.limit = Report::most_listed;
    auto page = view.approvals(filter);
    if (!page) return std::unexpected(page.error());
    *list = std::move(page->rows);
  }
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

std::vector<std::string> Report::marks_of(const FullApproval& finding) const {
  std::vector<std::string> marks;
  for (const auto* event : accounts_of(finding)) {
    const auto& told = event->event;
    const auto host = std::ranges::find(hosts, told.host, &ReportHost::name);
    if (host != hosts.end() && host->believed_until && told.time > *host->believed_until)
      marks.push_back(fmt::format("after the first root session of {} at {}: its own witnesses could be root's",
                                  one_line(told.host, 120),
                                  to_rfc3339(std::chrono::floor<std::chrono::seconds>(*host->believed_until))));
    if (const auto via = core::field(told, "via.host"); !via.empty())
      marks.push_back(fmt::format("from {}, where {} {} session", one_line(via, 120),
                                  told.user.empty() ? "somebody" : one_line(told.user, 120),
                                  core::field(told, "via.session").empty() ? "has no" : "has a"));
    if (!marks.empty()) break;  // of a finding that grew, its first login's
  }
  return marks;
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
  if (auto listed = list_approvals(view, report); !listed) return std::unexpected(listed.error());
  if (auto read = read_part(proposed_aliases(view, directory), report.aliases); !read)
    return std::unexpected(read.error());
  if (auto described = describe_hosts(view, report, hosts); !described) return std::unexpected(described.error());
  return report;
}

}  // namespace countersign::app
