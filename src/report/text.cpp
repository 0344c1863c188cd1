#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "core/gap_words.hpp"
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
      line(out, "    blind from {} to {}: {}", to_rfc3339(gap.from), to_rfc3339(gap.until),
           one_line(core::words_of(gap)));
    left_out(out, host.coverage.gaps.size(), "gaps");
    for (const auto& note : host.notes)
      line(out, "    {}", one_line(note));
  }
  left_out(out, report.hosts.size(), "hosts");
}

void add_ways(Out& out, const app::Report& report) {
  section(out, "Ways in that nobody witnesses");
  std::size_t shown = 0, all = 0;
  for (const auto& host : report.hosts)
    for (const auto& way : host.ways)
      if (++all; shown < longest_list) {
        line(out, "  {:<28} {:<14} {}", one_line(host.name, 60), way_title(way), one_line(way.words, 300));
        ++shown;
      }
  if (all == 0) line(out, "  none that is known: every host has an agent and a log, and no agent saw another way in");
  left_out(out, all, "ways");
}

/// Nothing where every name is declared.
void add_aliases(Out& out, const app::Report& report) {
  if (report.aliases.empty()) return;
  section(out, "Names that nobody declared");
  for (const auto& proposal : report.aliases | std::views::take(longest_list)) {
    line(out, "  {} as {}: {}", one_line(proposal.evidence.host, 60), one_line(proposal.evidence.name, 60),
         one_line(proposal.words, 600));
    for (const auto& each : proposal.toml | std::views::split('\n'))
      if (!std::ranges::empty(each)) line(out, "      {}", one_line(std::string_view(each), 600));
  }
  left_out(out, report.aliases.size(), "names");
}

void add_findings(Out& out, const app::Report& report) {
  section(out, "Findings");
  if (report.findings.empty()) return line(out, "  none");
  for (const auto& finding : report.findings | std::views::take(longest_list)) {
    const auto settled = settled_by(finding.approval);
    line(out, "  {}  {:<16} {}", to_rfc3339(std::chrono::floor<std::chrono::seconds>(finding.approval.created_at)),
         finding_title(kind_of(finding)), settled.empty() ? "waits for a human's word" : one_line(settled));
    line(out, "    {}", one_line(finding.approval.reason, 400));
    for (const auto& mark : report.marks_of(finding))
      line(out, "    {}", one_line(mark, 400));
    for (const auto* event : report.accounts_of(finding))
      for (const auto& sighting : event->sightings)
        line(out, "    {} said by {}: {}", sighting.witness, one_line(sighting.source, 60),
             one_line(sighting.raw, 300));
  }
  left_out(out, report.findings.size(), "findings");
}

void add_asked(Out& out, std::string_view title, const std::vector<app::FullApproval>& list) {
  if (list.empty()) return;
  line(out, "  {}", title);
  for (const auto& asked : list) {
    const auto settled = settled_by(asked.approval);
    line(out, "    {}  {}: {}", to_rfc3339(std::chrono::floor<std::chrono::seconds>(asked.approval.created_at)),
         logins_of(asked), settled.empty() ? asks_of(asked.approval) : one_line(settled));
  }
}

void add_approvals(Out& out, const app::Report& report) {
  const auto& approvals = report.approvals;
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
  add_asked(out, "denied", report.denied);
  add_asked(out, "open", report.open);
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
  add_ways(out, report);
  add_aliases(out, report);
  add_approvals(out, report);
  add_streams(out, report);
  return out;
}

}  // namespace countersign::report
