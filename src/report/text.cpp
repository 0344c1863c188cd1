#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "core/gap_words.hpp"
#include "report/forms.hpp"
#include "report/sides.hpp"
#include "report/walk.hpp"
#include "report/words.hpp"

namespace countersign::report {
namespace {

constexpr std::size_t longest_list = 50;  // hosts and findings a person scrolls through; the rest is in the other forms
constexpr std::size_t longest_group = 10;  // logins of one finding

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

void left_out(Out& out, std::size_t all, std::string_view what, std::size_t longest = longest_list) {
  if (all > longest) line(out, "  … {}", shown_of(longest, static_cast<std::int64_t>(all), what));
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
         verdicts.unenrolled + verdicts.indeterminate + verdicts.not_applicable, coverage_of(host));
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

/// One login of a finding: what each witness said of it, one below the other.
void add_event(Out& out, const app::FindingEvent& of, bool alone) {
  const auto sides = sides_of(of);
  if (!alone || !sides.empty()) line(out, "    {}", title_of(of));
  for (const auto& mark : of.marks)
    line(out, "      {}", one_line(mark, 400));
  for (const auto& side : sides) {
    if (side.said.empty()) line(out, "      {:<8} said nothing", side.title);
    for (const auto& said : side.said)
      line(out, "      {:<8} {} by {}: {}", side.title, to_rfc3339(said.at), said.by, one_line(said.words, 300));
  }
}

Result<void> add_finding(Out& out, app::ReportLists& lists, const app::FindingPlace& place) {
  const auto finding = lists.finding(place);
  if (!finding) return std::unexpected(finding.error());
  const auto settled = settled_by(finding->approval);
  const auto events = finding->approval.events.size();
  line(out, "  {}  {:<16} {}{}", to_rfc3339(std::chrono::floor<std::chrono::seconds>(finding->approval.created_at)),
       finding_title(kind_of(*finding)), settled.empty() ? "waits for a human's word" : one_line(settled),
       place.raised ? "" : "; raised outside the span, about what happened in it");
  line(out, "    {}", one_line(finding->approval.reason, 400));
  if (auto shown = each_event(lists, place.id, longest_group,
                              [&](const app::FindingEvent& of) { add_event(out, of, events == 1); });
      !shown)
    return shown;
  if (events > longest_group)
    line(out, "    … and {} more: {}", grouped(static_cast<std::int64_t>(events - longest_group)),
         shown_of(longest_group, static_cast<std::int64_t>(events), "logins"));
  return {};
}

Result<void> add_findings(Out& out, const app::Report& report, app::ReportLists& lists) {
  section(out, "Findings");
  if (report.findings.empty()) {
    line(out, "  none");
    return {};
  }
  line(out, "  {}", words_of(report.finding_counts()));
  for (const auto& place : report.findings | std::views::take(longest_list))
    if (auto added = add_finding(out, lists, place); !added) return added;
  left_out(out, report.findings.size(), "findings");
  return {};
}

Result<void> add_asked(Out& out, app::ReportLists& lists, core::ApprovalState state, std::int64_t all) {
  if (all == 0) return {};
  const auto* const title = state == core::ApprovalState::pending ? "open" : "denied";
  line(out, "  {}", title);
  if (auto shown = each_asked(lists, state, longest_list,
                              [&](const app::ReportAsked& asked) {
                                line(out, "    {}  {}: {}",
                                     to_rfc3339(std::chrono::floor<std::chrono::seconds>(asked.at)), logins_of(asked),
                                     standing_of(asked));
                              });
      !shown)
    return shown;
  left_out(out, static_cast<std::size_t>(all), fmt::format("{} questions", title));
  return {};
}

Result<void> add_approvals(Out& out, const app::Report& report, app::ReportLists& lists) {
  const auto& approvals = report.approvals;
  section(out, "Approvals");
  line(out, "  {} questions asked: {} approved, {} denied, {} open, {} covered by a policy or an expected change",
       approvals.total, approvals.approved, approvals.denied, approvals.pending, approvals.expected);
  if (approvals.decided.n > 0)
    line(out, "  decided within {} (median), {} (95 of 100), {} (slowest)", spoken(approvals.decided.p50),
         spoken(approvals.decided.p95), spoken(approvals.decided.worst));
  if (approvals.oldest_pending)
    line(out, "  the oldest open one waits since {}", to_rfc3339(*approvals.oldest_pending));
  for (const auto& decider : approvals.by | std::views::take(longest_list))
    line(out, "  {:<28} {} approved, {} denied, {} other; {} findings", one_line(decider.name, 60), decider.approved,
         decider.denied, decider.others, decider.findings);
  left_out(out, approvals.by.size(), "people who decided");
  if (auto added = add_asked(out, lists, core::ApprovalState::denied, approvals.denied); !added) return added;
  return add_asked(out, lists, core::ApprovalState::pending, approvals.pending);
}

void add_refused(Out& out, const app::Report& report) {
  section(out, "Deliveries refused");
  if (report.refused.empty()) return line(out, "  none {}", refused_span(report));
  line(out, "  {}", refused_span(report));
  for (const auto& row : report.refused | std::views::take(longest_list))
    line(out, "  {:>8}  {}: {}", row.n, refused_of(row), one_line(why_of(row)));
  left_out(out, report.refused.size(), "kinds of refusals");
}

void add_streams(Out& out, const app::Report& report) {
  section(out, "Delivery of the log");
  if (report.delivery.empty()) line(out, "  no log line of a login came");
  for (const auto& row : report.delivery | std::views::take(longest_list))
    line(out, "  {:<28} {:>8} lines after {} (median), {} (95 of 100), {} (slowest){}", one_line(row.source, 60),
         row.delay.n, spoken(row.delay.p50), spoken(row.delay.p95), spoken(row.delay.worst), left_out_of(row));
  left_out(out, report.delivery.size(), "sources");
  add_refused(out, report);
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

Result<std::string> to_text(const app::Report& report, app::ReportLists& lists) {
  Out out;
  line(out, "Countersign: logins from {} to {}", to_rfc3339(report.from), to_rfc3339(report.to));
  line(out, "");
  add_summary(out, report);
  add_hosts(out, report);
  if (auto added = add_findings(out, report, lists); !added) return std::unexpected(added.error());
  add_ways(out, report);
  add_aliases(out, report);
  if (auto added = add_approvals(out, report, lists); !added) return std::unexpected(added.error());
  add_streams(out, report);
  return out;
}

}  // namespace countersign::report
