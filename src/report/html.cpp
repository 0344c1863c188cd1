#include <string.h>  // ctemplate's headers use it and don't say so

#include <ctemplate/per_expand_data.h>
#include <ctemplate/template_cache.h>
#include <ctemplate/template_dictionary.h>
#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <stdexcept>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "core/gap_words.hpp"
#include "report/charts.hpp"
#include "report/forms.hpp"
#include "report/sides.hpp"
#include "report/walk.hpp"
#include "report/words.hpp"
#include "reportpages.hpp"

namespace countersign::report {
namespace {

using Dictionary = ctemplate::TemplateDictionary;

constexpr std::size_t longest_page = 500;  // findings and hosts a browser and a printer bear; CSV and JSON have all
constexpr std::size_t most_of_group = 20;  // logins of one finding
constexpr std::size_t longest_asked = 50;
constexpr auto strip_blanks = ctemplate::STRIP_BLANK_LINES;

void set(Dictionary& into, const char* name, std::string_view text) {
  into.SetValue(name, ctemplate::TemplateString(text.data(), text.size()));
}

void set(Dictionary& into, const char* name, std::int64_t number) {
  into.SetIntValue(name, number);
}

void set(Dictionary& into, const char* name, double number) {
  set(into, name, fmt::format("{:.2f}", number));
}

/// Parsed once, then only read.
const ctemplate::TemplateCache& pages() {
  static const auto cache = [] {
    auto parsed = std::make_unique<ctemplate::TemplateCache>();
    for (const auto& file : embedded::reportpages())
      if (!parsed->StringToTemplateCache(ctemplate::TemplateString(file.name.data(), file.name.size()),
                                         ctemplate::TemplateString(file.text.data(), file.text.size()), strip_blanks))
        throw std::runtime_error("the report's template " + std::string(file.name) + " is faulty");
    parsed->Freeze();
    return parsed;
  }();
  return *cache;
}

/// "500 of 1,234 hosts shown; all in the CSV and JSON", where not all are.
void tell_shown(Dictionary& into, const char* section, std::size_t longest, std::size_t all, std::string_view what) {
  if (all > longest)
    set(*into.AddSectionDictionary(section), "TEXT", shown_of(longest, static_cast<std::int64_t>(all), what));
}

std::string expand(const char* name, const Dictionary& values) {
  std::string text;
  ctemplate::PerExpandData data;
  if (!pages().ExpandNoLoad(name, strip_blanks, &values, &data, &text))
    throw std::runtime_error(std::string("the report's template ") + name + " can't be filled");
  return text;
}

void add_figures(Dictionary& page, const app::Verdicts& verdicts) {
  for (const auto& [name, count] : app::verdict_counts) {
    auto& figure = *page.AddSectionDictionary("FIGURE");
    set(figure, "CLASS", name);
    set(figure, "COUNT", grouped(verdicts.*count));
    set(figure, "TITLE", title_of(name));
    set(figure, "MEANING", meaning_of(name));
  }
}

void add_chart(Dictionary& page, const std::vector<app::ReportDay>& days) {
  const auto shapes = chart_days(days);
  if (shapes.bars.empty()) return;
  auto& chart = *page.AddSectionDictionary("CHART");
  set(chart, "HEIGHT", shapes.height);
  for (const auto& mark : shapes.scale) {
    auto& line = *chart.AddSectionDictionary("LINE");
    set(line, "X", mark.x);
    set(line, "Y", mark.y);
    set(line, "COUNT", mark.text);
  }
  for (const auto& shape : shapes.bars) {
    auto& bar = *chart.AddSectionDictionary("BAR");
    set(bar, "CLASS", shape.verdict);
    set(bar, "X", shape.x);
    set(bar, "Y", shape.y);
    set(bar, "WIDTH", shape.width);
    set(bar, "TALL", shape.height);
    set(bar, "TITLE", shape.title);
  }
  for (const auto& mark : shapes.dates) {
    auto& date = *chart.AddSectionDictionary("DATE");
    set(date, "X", mark.x);
    set(date, "Y", mark.y);
    set(date, "TEXT", mark.text);
  }
  for (const auto& [kind, title] :
       {std::pair("matched", "matched"), std::pair("matched_same_credential", "matched, one credential"),
        std::pair("findings", "findings"), std::pair("indeterminate", "indeterminate or waiting"),
        std::pair("unenrolled", "one witness only"), std::pair("not_applicable", "not applicable")}) {
    auto& legend = *chart.AddSectionDictionary("LEGEND");
    set(legend, "CLASS", kind);
    set(legend, "TITLE", title);
  }
}

/// One login of a finding, with what each witness said of it side by side.
void add_event(Dictionary& article, const app::FindingEvent& of, bool alone) {
  const auto sides = sides_of(of);
  if (alone && sides.empty() && of.marks.empty()) return;
  auto& event = *article.AddSectionDictionary("EVENT");
  set(event, "LOGIN", title_of(of));
  for (const auto& mark : of.marks)
    set(*event.AddSectionDictionary("MARK"), "TEXT", one_line(mark, 400));
  if (sides.empty()) return;
  auto& table = *event.AddSectionDictionary("SIDES");
  for (const auto& side : sides) {
    auto& shown = *table.AddSectionDictionary("SIDE");
    set(shown, "TITLE", one_line(side.title, 60));
    if (side.said.empty()) shown.ShowSection("NOTHING");
    for (const auto& said : side.said) {
      auto& account = *shown.AddSectionDictionary("SAID");
      set(account, "BY", said.by);
      set(account, "AT", to_rfc3339(std::chrono::floor<std::chrono::milliseconds>(said.at)));
      set(account, "WORDS", said.words);
    }
  }
}

Result<void> add_finding(Dictionary& page, app::ReportLists& lists, const app::FindingPlace& place) {
  const auto finding = lists.finding(place);
  if (!finding) return std::unexpected(finding.error());
  const auto& approval = finding->approval;
  auto& article = *page.AddSectionDictionary("FINDING");
  set(article, "TITLE", finding_title(kind_of(*finding)));
  set(article, "REASON", clean_utf8(approval.reason));
  set(article, "AT", to_rfc3339(std::chrono::floor<std::chrono::seconds>(approval.created_at)));
  const auto settled = settled_by(approval);
  set(article, "SETTLED", settled.empty() ? "waits for a human's word" : one_line(settled));
  if (!place.raised) article.ShowSection("OUTSIDE");
  const auto& first = finding->first.event;
  const auto events = approval.events.size();
  if (events == 1)
    set(article, "WHERE", one_line(first.user.empty() ? first.host : fmt::format("{}@{}", first.user, first.host)));
  else if (events > 1)
    set(article, "WHERE", fmt::format("{} events", grouped(static_cast<std::int64_t>(events))));
  if (events > most_of_group)
    set(*article.AddSectionDictionary("MORE_EVENTS"), "TEXT",
        fmt::format("and {} more: {}", grouped(static_cast<std::int64_t>(events - most_of_group)),
                    shown_of(most_of_group, static_cast<std::int64_t>(events), "logins")));
  return each_event(lists, place.id, most_of_group,
                    [&](const app::FindingEvent& of) { add_event(article, of, events == 1); });
}

Result<void> add_findings(Dictionary& page, const app::Report& report, app::ReportLists& lists) {
  if (report.findings.empty())
    page.ShowSection("NO_FINDINGS");
  else
    set(*page.AddSectionDictionary("COUNTS"), "TEXT", words_of(report.finding_counts()));
  for (const auto& place : report.findings | std::views::take(longest_page))
    if (auto added = add_finding(page, lists, place); !added) return added;
  tell_shown(page, "MORE_FINDINGS", longest_page, report.findings.size(), "findings");
  return {};
}

/// A name in a table: what is longer than a column has room for is cut, and whole in the title.
void set_name(Dictionary& row, const char* name, std::string_view host) {
  constexpr std::size_t room = 60;
  const auto whole = one_line(host, 400);
  set(row, name, one_line(host, room));
  if (whole != one_line(host, room)) set(*row.AddSectionDictionary("CUT"), "WHOLE", whole);
}

void add_host(Dictionary& hosts, const app::ReportHost& host, Timestamp from, Timestamp to) {
  const auto& verdicts = host.verdicts;
  auto& row = *hosts.AddSectionDictionary("HOST");
  const auto count = [&](const char* name, const char* style, std::int64_t n) {
    set(row, name, n);
    if (style) set(row, style, n > 0 ? "bad" : "");
  };
  set_name(row, "NAME", host.name);
  count("LOGINS", nullptr, verdicts.logins);
  count("MATCHED", nullptr, verdicts.matched);
  count("SAME", nullptr, verdicts.matched_same_credential);
  count("NO_LOG", "LOG_CLASS", verdicts.missing_log);
  count("NO_KERNEL", "KERNEL_CLASS", verdicts.missing_kernel);
  count("MISMATCH", "MISMATCH_CLASS", verdicts.mismatch);
  count("BLIND", nullptr, verdicts.indeterminate + verdicts.unenrolled + verdicts.not_applicable + verdicts.waiting);
  set(row, "PERCENT", coverage_of(host));
  if (host.coverage.enrolled) {
    auto& drawn = *row.AddSectionDictionary("STRIP");
    set(drawn, "PERCENT", percent(host.covered));
    for (const auto& gap : host.coverage.gaps | std::views::take(longest_page)) {
      const auto place = place_gap(gap, from, to);
      auto& shape = *drawn.AddSectionDictionary("GAP");
      set(shape, "X", place.x);
      set(shape, "WIDTH", place.width);
      set(shape, "TITLE",
          one_line(fmt::format("{} to {}: {}", to_rfc3339(gap.from), to_rfc3339(gap.until), core::words_of(gap)), 400));
    }
  }
  if (host.coverage.gaps.size() > longest_page)
    set(*row.AddSectionDictionary("NOTE"), "TEXT",
        shown_of(longest_page, static_cast<std::int64_t>(host.coverage.gaps.size()), "gaps"));
  for (const auto& text : host.notes)
    set(*row.AddSectionDictionary("NOTE"), "TEXT", one_line(text, 400));
}

void add_hosts(Dictionary& page, const app::Report& report) {
  if (report.hosts.empty()) return page.ShowSection("NO_HOSTS");
  auto& hosts = *page.AddSectionDictionary("HOSTS");
  for (const auto& host : report.hosts | std::views::take(longest_page))
    add_host(hosts, host, report.from, report.to);
  tell_shown(page, "MORE_HOSTS", longest_page, report.hosts.size(), "hosts");
}

void add_ways(Dictionary& page, const app::Report& report) {
  Dictionary* table = nullptr;
  std::size_t shown = 0;
  for (const auto& host : report.hosts)
    for (const auto& way : host.ways) {
      if (++shown > longest_page) continue;
      if (!table) table = page.AddSectionDictionary("WAYS");
      auto& row = *table->AddSectionDictionary("WAY");
      set_name(row, "HOST", host.name);
      set(row, "NAME", one_line(way_title(way)));
      set(row, "WORDS", one_line(way.words, 400));
      if (way.since)
        set(*row.AddSectionDictionary("SINCE"), "AT", to_rfc3339(std::chrono::floor<std::chrono::seconds>(*way.since)));
    }
  if (!table) page.ShowSection("NO_WAYS");
  tell_shown(page, "MORE_WAYS", longest_page, shown, "ways");
}

void add_aliases(Dictionary& page, const app::Report& report) {
  if (report.aliases.empty()) return;
  auto& section = *page.AddSectionDictionary("ALIASES");
  for (const auto& proposal : report.aliases | std::views::take(longest_page)) {
    auto& row = *section.AddSectionDictionary("ALIAS");
    set(row, "HOST", one_line(proposal.evidence.host));
    set(row, "NAME", one_line(proposal.evidence.name));
    set(row, "WORDS", one_line(proposal.words, 1000));
    if (!proposal.toml.empty()) set(*row.AddSectionDictionary("TOML"), "TEXT", clean_utf8(proposal.toml));
  }
  tell_shown(section, "MORE_ALIASES", longest_page, report.aliases.size(), "names");
}

Result<void> add_asked(Dictionary& page, app::ReportLists& lists, core::ApprovalState state, std::int64_t all) {
  if (all == 0) return {};
  const bool open = state == core::ApprovalState::pending;
  auto& table = *page.AddSectionDictionary(open ? "OPEN" : "DENIED");
  tell_shown(table, "MORE_ASKED", longest_asked, static_cast<std::size_t>(all),
             open ? "open questions" : "denied questions");
  return each_asked(lists, state, longest_asked, [&](const app::ReportAsked& asked) {
    auto& row = *table.AddSectionDictionary("ASKED");
    set(row, "AT", to_rfc3339(std::chrono::floor<std::chrono::seconds>(asked.at)));
    set(row, "LOGINS", logins_of(asked));
    set(row, "STATE", standing_of(asked));
  });
}

Result<void> add_approvals(Dictionary& page, const app::Report& report, app::ReportLists& lists) {
  const auto& approvals = report.approvals;
  set(page, "APPROVALS",
      fmt::format("{} questions asked: {} approved, {} denied, {} open, {} covered by a policy or an expected change.",
                  approvals.total, approvals.approved, approvals.denied, approvals.pending, approvals.expected));
  if (approvals.decided.n > 0)
    set(*page.AddSectionDictionary("SPEED"), "TEXT",
        fmt::format("Decided within {} (median), {} (95 of 100), {} (slowest).", spoken(approvals.decided.p50),
                    spoken(approvals.decided.p95), spoken(approvals.decided.worst)));
  if (auto added = add_asked(page, lists, core::ApprovalState::denied, approvals.denied); !added) return added;
  if (auto added = add_asked(page, lists, core::ApprovalState::pending, approvals.pending); !added) return added;
  if (approvals.by.empty()) return {};
  auto& table = *page.AddSectionDictionary("DECIDERS");
  for (const auto& decider : approvals.by | std::views::take(longest_page)) {
    auto& row = *table.AddSectionDictionary("DECIDER");
    set(row, "NAME", one_line(decider.name));
    set(row, "APPROVED", decider.approved);
    set(row, "DENIED", decider.denied);
    set(row, "OTHERS", decider.others);
    set(row, "FINDINGS", decider.findings);
  }
  tell_shown(table, "MORE_DECIDERS", longest_page, approvals.by.size(), "people who decided");
  return {};
}

void add_delivery(Dictionary& page, const std::vector<app::ReportDelivery>& delivery) {
  if (delivery.empty()) return page.ShowSection("NO_DELIVERY");
  auto& table = *page.AddSectionDictionary("DELIVERIES");
  for (const auto& row : delivery | std::views::take(longest_page)) {
    auto& shown = *table.AddSectionDictionary("DELIVERY");
    set(shown, "SOURCE", one_line(row.source));
    set(shown, "LINES", row.delay.n);
    set(shown, "BROUGHT", row.brought);
    set(shown, "UNKNOWN", row.unknown);
    set(shown, "P50", spoken(row.delay.p50));
    set(shown, "P95", spoken(row.delay.p95));
    set(shown, "WORST", spoken(row.delay.worst));
  }
  tell_shown(table, "MORE_DELIVERY", longest_page, delivery.size(), "sources");
}

void add_refused(Dictionary& page, const app::Report& report) {
  set(page, "REFUSED_SPAN", refused_span(report));
  if (report.refused.empty()) return page.ShowSection("NO_REFUSED");
  auto& table = *page.AddSectionDictionary("REFUSALS");
  for (const auto& row : report.refused | std::views::take(longest_page)) {
    auto& shown = *table.AddSectionDictionary("REFUSED");
    set(shown, "WEBHOOK", refused_of(row));
    set(shown, "WHY", one_line(why_of(row)));
    set(shown, "DELIVERIES", row.n);
  }
  tell_shown(table, "MORE_REFUSED", longest_page, report.refused.size(), "kinds of refusals");
}

void add_quarantine(Dictionary& page, const std::vector<app::ReportQuarantine>& quarantine) {
  if (quarantine.empty()) return page.ShowSection("NO_QUARANTINE");
  auto& table = *page.AddSectionDictionary("QUARANTINES");
  for (const auto& row : quarantine | std::views::take(longest_page)) {
    auto& shown = *table.AddSectionDictionary("QUARANTINE");
    set(shown, "PROGRAM", row.program.empty() ? "unreadable" : one_line(row.program));
    set(shown, "SOURCE", one_line(row.source));
    set(shown, "MESSAGES", row.messages);
  }
  tell_shown(table, "MORE_QUARANTINE", longest_page, quarantine.size(), "programs");
}

}  // namespace

std::string_view page_style() {
  static const std::string style = expand("templates/style.tpl", Dictionary("style"));
  return style;
}

Result<std::string> to_html(const app::Report& report, app::ReportLists& lists) {
  Dictionary page("report");
  page.AddIncludeDictionary("STYLE")->SetFilename("templates/style.tpl");
  set(page, "FROM", to_rfc3339(report.from));
  set(page, "TO", to_rfc3339(report.to));
  set(page, "MADE", to_rfc3339(report.made_at));
  add_figures(page, report.summary);
  add_chart(page, report.days);
  if (auto added = add_findings(page, report, lists); !added) return std::unexpected(added.error());
  add_hosts(page, report);
  add_ways(page, report);
  add_aliases(page, report);
  if (auto added = add_approvals(page, report, lists); !added) return std::unexpected(added.error());
  add_delivery(page, report.delivery);
  add_refused(page, report);
  add_quarantine(page, report.quarantine);
  set(page, "ENTRIES", report.audit_entries);
  set(page, "HEAD", report.audit_head ? to_hex(report.audit_head->hash) : "none");
  return expand("templates/report.tpl", page);
}

}  // namespace countersign::report
