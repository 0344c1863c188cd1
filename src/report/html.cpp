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
#include "report/words.hpp"
#include "reportpages.hpp"

namespace countersign::report {
namespace {

using Dictionary = ctemplate::TemplateDictionary;

constexpr std::size_t longest_page = 500;  // findings and hosts a browser and a printer bear; CSV and JSON have all
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

void add_finding(Dictionary& page, const app::Report& report, const app::FullApproval& finding) {
  auto& article = *page.AddSectionDictionary("FINDING");
  set(article, "TITLE", finding_title(kind_of(finding)));
  set(article, "REASON", clean_utf8(finding.approval.reason));
  set(article, "AT", to_rfc3339(std::chrono::floor<std::chrono::seconds>(finding.approval.created_at)));
  const auto settled = settled_by(finding.approval);
  set(article, "SETTLED", settled.empty() ? "waits for a human's word" : one_line(settled));
  for (const auto& mark : report.marks_of(finding))
    set(*article.AddSectionDictionary("MARK"), "TEXT", one_line(mark, 400));
  if (finding.events.empty()) return;
  const auto& event = finding.events.front().event;
  set(article, "WHERE", one_line(fmt::format("{}@{}", event.user, event.host)));
  Dictionary* accounts = nullptr;
  for (const auto* stored : report.accounts_of(finding))
    for (const auto& sighting : stored->sightings) {
      if (!accounts) accounts = article.AddSectionDictionary("ACCOUNTS");
      auto& account = *accounts->AddSectionDictionary("ACCOUNT");
      set(account, "CLASS", sighting.witness);
      set(account, "SOURCE", one_line(sighting.source));
      set(account, "AT", to_rfc3339(std::chrono::floor<std::chrono::milliseconds>(sighting.time)));
      set(account, "SAID", one_line(sighting.raw, 1000));
    }
}

void add_findings(Dictionary& page, const app::Report& report) {
  if (report.findings.empty()) page.ShowSection("NO_FINDINGS");
  for (const auto& finding : report.findings | std::views::take(longest_page))
    add_finding(page, report, finding);
  if (report.findings.size() > longest_page || report.more_findings) {
    auto& more = *page.AddSectionDictionary("MORE_FINDINGS");
    set(more, "TEXT",
        fmt::format("{}{} findings in all; the CSV and JSON forms list them.", report.findings.size(),
                    report.more_findings ? " and more" : ""));
  }
}

void add_host(Dictionary& hosts, const app::ReportHost& host, Timestamp from, Timestamp to) {
  const auto& verdicts = host.verdicts;
  auto& row = *hosts.AddSectionDictionary("HOST");
  const auto count = [&](const char* name, const char* style, std::int64_t n) {
    set(row, name, n);
    if (style) set(row, style, n > 0 ? "bad" : "");
  };
  set(row, "NAME", one_line(host.name));
  count("LOGINS", nullptr, verdicts.logins);
  count("MATCHED", nullptr, verdicts.matched);
  count("SAME", nullptr, verdicts.matched_same_credential);
  count("NO_LOG", "LOG_CLASS", verdicts.missing_log);
  count("NO_KERNEL", "KERNEL_CLASS", verdicts.missing_kernel);
  count("MISMATCH", "MISMATCH_CLASS", verdicts.mismatch);
  count("BLIND", nullptr, verdicts.indeterminate + verdicts.unenrolled + verdicts.not_applicable + verdicts.waiting);
  set(row, "PERCENT", host.coverage.enrolled ? percent(host.covered) : "no agent");
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
  for (const auto& text : host.notes)
    set(*row.AddSectionDictionary("NOTE"), "TEXT", one_line(text, 400));
}

void add_hosts(Dictionary& page, const app::Report& report) {
  if (report.hosts.empty()) return page.ShowSection("NO_HOSTS");
  auto& hosts = *page.AddSectionDictionary("HOSTS");
  for (const auto& host : report.hosts | std::views::take(longest_page))
    add_host(hosts, host, report.from, report.to);
}

void add_ways(Dictionary& page, const app::Report& report) {
  Dictionary* table = nullptr;
  std::size_t shown = 0;
  for (const auto& host : report.hosts)
    for (const auto& way : host.ways) {
      if (shown++ == longest_page) return page.ShowSection("MORE_WAYS");
      if (!table) table = page.AddSectionDictionary("WAYS");
      auto& row = *table->AddSectionDictionary("WAY");
      set(row, "HOST", one_line(host.name));
      set(row, "NAME", one_line(way_title(way)));
      set(row, "WORDS", one_line(way.words, 400));
      if (way.since)
        set(*row.AddSectionDictionary("SINCE"), "AT", to_rfc3339(std::chrono::floor<std::chrono::seconds>(*way.since)));
    }
  if (!table) page.ShowSection("NO_WAYS");
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
}

void add_asked(Dictionary& page, const char* section, const std::vector<app::FullApproval>& list) {
  if (list.empty()) return;
  auto& table = *page.AddSectionDictionary(section);
  for (const auto& asked : list) {
    auto& row = *table.AddSectionDictionary("ASKED");
    set(row, "AT", to_rfc3339(std::chrono::floor<std::chrono::seconds>(asked.approval.created_at)));
    set(row, "LOGINS", logins_of(asked));
    const auto settled = settled_by(asked.approval);
    set(row, "STATE", settled.empty() ? asks_of(asked.approval) : one_line(settled));
  }
}

void add_approvals(Dictionary& page, const app::Report& report) {
  const auto& approvals = report.approvals;
  set(page, "APPROVALS",
      fmt::format("{} asked: {} approved, {} denied, {} open, {} covered by a policy or an expected change.",
                  approvals.total, approvals.approved, approvals.denied, approvals.pending, approvals.expected));
  if (approvals.decided.n > 0)
    set(*page.AddSectionDictionary("SPEED"), "TEXT",
        fmt::format("Decided within {} (median), {} (95 of 100), {} (slowest).", spoken(approvals.decided.p50),
                    spoken(approvals.decided.p95), spoken(approvals.decided.worst)));
  add_asked(page, "DENIED", report.denied);
  add_asked(page, "OPEN", report.open);
  if (approvals.by.empty()) return;
  auto& table = *page.AddSectionDictionary("DECIDERS");
  for (const auto& decider : approvals.by | std::views::take(longest_page)) {
    auto& row = *table.AddSectionDictionary("DECIDER");
    set(row, "NAME", one_line(decider.name));
    set(row, "APPROVED", decider.approved);
    set(row, "DENIED", decider.denied);
    set(row, "OTHERS", decider.others);
  }
}

void add_delivery(Dictionary& page, const std::vector<app::ReportDelivery>& delivery) {
  if (delivery.empty()) return page.ShowSection("NO_DELIVERY");
  auto& table = *page.AddSectionDictionary("DELIVERIES");
  for (const auto& row : delivery | std::views::take(longest_page)) {
    auto& shown = *table.AddSectionDictionary("DELIVERY");
    set(shown, "SOURCE", one_line(row.source));
    set(shown, "LINES", row.delay.n);
    set(shown, "P50", spoken(row.delay.p50));
    set(shown, "P95", spoken(row.delay.p95));
    set(shown, "WORST", spoken(row.delay.worst));
  }
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
}

}  // namespace

std::string_view page_style() {
  static const std::string style = expand("templates/style.tpl", Dictionary("style"));
  return style;
}

std::string to_html(const app::Report& report) {
  Dictionary page("report");
  page.AddIncludeDictionary("STYLE")->SetFilename("templates/style.tpl");
  set(page, "FROM", to_rfc3339(report.from));
  set(page, "TO", to_rfc3339(report.to));
  set(page, "MADE", to_rfc3339(report.made_at));
  add_figures(page, report.summary);
  add_chart(page, report.days);
  add_findings(page, report);
  add_hosts(page, report);
  add_ways(page, report);
  add_aliases(page, report);
  add_approvals(page, report);
  add_delivery(page, report.delivery);
  add_quarantine(page, report.quarantine);
  set(page, "ENTRIES", report.audit_entries);
  set(page, "HEAD", report.audit_head ? to_hex(report.audit_head->hash) : "none");
  return expand("templates/report.tpl", page);
}

}  // namespace countersign::report
