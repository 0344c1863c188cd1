#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "report/forms.hpp"
#include "report/words.hpp"

namespace countersign::report {
namespace {

constexpr std::size_t longest_list = 50;  // hosts and findings a person scrolls through; the rest is in the other forms

using Out = std::string;

template <typename... Parts>
void line(Out& out, fmt::format_string<Parts...> form, Parts&&... parts) {
  fmt::format_to(std::back_inserter(out), form, std::forward<Parts>(parts)...);
  out += '\n';
}

void section(Out& out, std::string_view title) {
  line(out, "");
  line(out, "{}", title);
}

void left_out(Out& out, std::size_t all, std::string_view what) {
  if (all > longest_list) line(out, "  … and {} more {}: see --format json or csv", all - longest_list, what);
}

void add_summary(Out& out, const app::Report& report) {
  for (const auto& [name, count] : app::verdict_counts)
    if (const auto n = report.summary.*count; n > 0 || name == "logins")
      line(out, "{:>10}  {:<24} {}", n, title_of(name), meaning_of(name));
}

void add_hosts(Out& out, const app::Report& report) {
  section(out, "Hosts");
  if (report.hosts.empty()) return line(out, "  none");
  line(out, "  {:<28} {:>8} {:>8} {:>9} {:>10}  {}", "", "logins", "matched", "findings", "one-sided", "coverage");
  for (const auto& host : report.hosts | std::views::take(longest_list)) {
    const auto& verdicts = host.verdicts;
    line(out, "  {:<28} {:>8} {:>8} {:>9} {:>10}  {}", one_line(host.name, 60), verdicts.logins,
         verdicts.matched + verdicts.matched_same_credential,
         verdicts.missing_log + verdicts.missing_kernel + verdicts.mismatch,
         verdicts.unenrolled + verdicts.indeterminate + verdicts.not_applicable,
         host.coverage.enrolled ? percent(host.covered) : "no agent");
    for (const auto& gap : host.coverage.gaps | std::views::take(longest_list))
      line(out, "    blind from {} to {}: {}", to_rfc3339(gap.from), to_rfc3339(gap.until), one_line(gap.why));
    left_out(out, host.coverage.gaps.size(), "gaps");
    for (const auto& note : host.notes)
      line(out, "    {}", one_line(note));
  }
  left_out(out, report.hosts.size(), "hosts");
}

void add_findings(Out& out, const app::Report& report) {
  section(out, "Findings");
  if (report.findings.empty()) return line(out, "  none");
  for (const auto& finding : report.findings | std::views::take(longest_list)) {
    const auto settled = settled_by(finding.approval);
    line(out, "  {}  {:<16} {}", to_rfc3339(finding.approval.created_at), title_of(kind_of(finding)),
         settled.empty() ? "waits for a human's word" : one_line(settled));
    line(out, "    {}", one_line(finding.approval.reason, 400));
    for (const auto* event : report.accounts_of(finding))
      for (const auto& sighting : event->sightings)
        line(out, "    {} said by {}: {}", sighting.witness, one_line(sighting.source, 60),
             one_line(sighting.raw, 300));
  }
  left_out(out, report.findings.size(), "findings");
}

void add_approvals(Out& out, const app::ReportApprovals& approvals) {
  section(out, "Approvals");
  line(out, "  {} asked: {} approved, {} denied, {} open, {} covered by a policy or an expected change",
       approvals.total, approvals.approved, approvals.denied, approvals.pending, approvals.expected);
  if (approvals.decided.n > 0)
    line(out, "  decided within {} (median), {} (95 of 100), {} (slowest)", spoken(approvals.decided.p50),
         spoken(approvals.decided.p95), spoken(approvals.decided.worst));
  if (approvals.oldest_pending)
    line(out, "  the oldest open one waits since {}", to_rfc3339(*approvals.oldest_pending));
  for (const auto& decider : approvals.by | std::views::take(longest_list))
    line(out, "  {:<28} {} approved, {} denied, {} other", one_line(decider.name, 60), decider.approved, decider.denied,
         decider.others);
}

void add_streams(Out& out, const app::Report& report) {
  section(out, "Delivery of the log");
  if (report.delivery.empty()) line(out, "  no log line of a login came");
  for (const auto& row : report.delivery)
    line(out, "  {:<28} {:>8} lines after {} (median), {} (95 of 100), {} (slowest)", one_line(row.source, 60),
         row.delay.n, spoken(row.delay.p50), spoken(row.delay.p95), spoken(row.delay.worst));
  section(out, "Quarantine");
  if (report.quarantine.empty()) line(out, "  nothing: every message of a watched program was understood");
  for (const auto& row : report.quarantine | std::views::take(longest_list))
    line(out, "  {:>8}  {} by {}", row.messages, row.program.empty() ? "unreadable" : one_line(row.program, 60),
         one_line(row.source, 60));
  left_out(out, report.quarantine.size(), "programs");
  section(out, "Audit chain");
  line(out, "  {} entries, head {}", report.audit_entries,
       report.audit_head ? to_hex(report.audit_head->hash) : "none");
}

}  // namespace

std::string to_text(const app::Report& report) {
  Out out;
  line(out, "Countersign: logins from {} to {}", to_rfc3339(report.from), to_rfc3339(report.to));
  line(out, "");
  add_summary(out, report);
  add_hosts(out, report);
  add_findings(out, report);
  add_approvals(out, report.approvals);
  add_streams(out, report);
  return out;
}

}  // namespace countersign::report
