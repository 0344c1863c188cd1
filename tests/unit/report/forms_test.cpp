#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "report/charts.hpp"
#include "report/forms.hpp"
#include "report/words.hpp"
#include "unit/report/example.hpp"

namespace countersign::report {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("JSON has the contract's shape") {
  const auto json = nlohmann::json::parse(to_json(example_report()));
  CHECK(json["from"] == "2026-11-18T00:00:00Z");
  CHECK(json["to"] == "2026-11-20T00:00:00Z");
  const nlohmann::json summary{{"logins", 100},      {"matched", 90},       {"matched_same_credential", 4},
                               {"missing_log", 1},   {"missing_kernel", 0}, {"mismatch", 0},
                               {"indeterminate", 0}, {"unenrolled", 5},     {"not_applicable", 0},
                               {"waiting", 0}};
  CHECK(json["summary"] == summary);
  CHECK(json["hosts"][0]["coverage"]["gaps"][0]["why"] == "agent silent");
  CHECK(json["hosts"][1]["coverage"]["percent"].is_null());
  CHECK(json["hosts"][0]["believed_until"] == "2026-11-18T15:00:00Z");
  CHECK(json["hosts"][0]["after_first_root"]["matched"] == 20);
  CHECK(json["hosts"][0]["ways"][0]["name"] == "dropbear");
  CHECK(json["hosts"][0]["streams"][0]["skew_seconds"] == -4.5);
  CHECK(json["hosts"][0]["origins"][0]["without_session"] == 2);
  CHECK(json["aliases"][0]["name"] == "ip-10-0-0-5");
  CHECK(json["approvals"]["open"][0]["first"]["host.name"] == "bastion");
  CHECK(json["findings"][0]["kind"] == "missing_log");
  CHECK(json["findings"][0]["events"][0]["sightings"][0]["class"] == "kernel");
  CHECK(json["approvals"]["decision_seconds"]["p95"] == 420.0);
  CHECK(json["quarantine"]["messages"] == 7);
  CHECK(json["delivery"]["sources"][0]["delay_seconds"]["p50"] == 0.42);
  CHECK(json["audit"]["entries"] == 12);
}

TEST_CASE("no form lets an attacker's text act") {
  const auto report = example_report();
  SUBCASE("a terminal") {
    const auto text = to_text(report);
    CHECK_FALSE(has(text, "\x1b"));
    CHECK_FALSE(has(text, "\r"));
    CHECK(clean_utf8(text) == text);
    CHECK_FALSE(has(text, "\xe2\x80\xae"));
  }
  SUBCASE("a page") {
    const auto html = to_html(report);
    CHECK_FALSE(has(html, "<script"));
    CHECK_FALSE(has(html, "style="));  // the policy allows the one style sheet only
    CHECK(has(html, "&lt;script&gt;"));
    CHECK(clean_utf8(html) == html);
  }
  SUBCASE("a spreadsheet") {
    const auto csv = to_csv(report);
    CHECK_FALSE(has(csv, "\"="));
    CHECK(has(csv, "\"'=cmd|'/c calc'!A1<script>alert(1)</script>\"\""));
    CHECK_FALSE(has(csv, "\x1b"));
  }
  SUBCASE("JSON") {
    const auto json = nlohmann::json::parse(to_json(report));
    CHECK(json["findings"][0]["reason"].get<std::string>().starts_with("=cmd"));
  }
}

TEST_CASE("a cell that a spreadsheet would compute is quoted") {
  for (const std::string_view start : {"=", "+", "-", "@"}) {
    CAPTURE(start);
    auto report = example_report();
    report.hosts[1].name = std::string(start) + "1+1";
    CHECK(has(to_csv(report), "\"'" + std::string(start) + "1+1\""));
  }
}

TEST_CASE("every CSV line has as many cells as the head") {
  auto report = example_report();
  report.findings.front().approval.reason = "plain";
  report.findings.front().events.front().event.user = "oswaldo";
  report.hosts.pop_back();
  report.aliases.front().words = "plain";
  for (auto* list : {&report.open, &report.denied})
    list->front().events.front().event.user = "oswaldo";
  const auto csv = to_csv(report);
  std::size_t lines = 0;
  const auto cells = [](std::string_view line) { return std::count(line.begin(), line.end(), ','); };
  for (std::size_t start = 0, end = 0; (end = csv.find("\r\n", start)) != std::string::npos; start = end + 2, ++lines)
    CHECK(cells(std::string_view(csv).substr(start, end - start)) == cells(csv.substr(0, csv.find("\r\n"))));
  CHECK(lines == 10);  // head, summary, two days, a host, a way in, an alias, an open and a denied question, a finding
}

TEST_CASE("text says what was found and what could not be seen") {
  const auto text = to_text(example_report());
  for (const auto* part :
       {"missing from the log", "blind from 2026-11-18T12:00:00Z to 2026-11-18T13:00:00Z: agent silent", "97.91 %",
        "decided within 20.0 s (median), 7 min 0 s (95 of 100), 3 h 0 min (slowest)",
        "believed until its first root session", "no agent", "head 7f7f7f", "dropbear: a login daemon",
        "aliases = [\"ip-10-0-0-5\"]"})
    CHECK_MESSAGE(has(text, part), part);
}

TEST_CASE("an empty span is a report too") {
  app::Report report;
  report.from = at("2026-11-18T00:00:00Z");
  report.to = at("2026-11-19T00:00:00Z");
  CHECK_FALSE(report.has_findings());
  CHECK(has(to_text(report), "Findings\n  none"));
  CHECK(has(to_html(report), "None in this span."));
  CHECK_FALSE(has(to_html(report), "<svg"));
  CHECK(nlohmann::json::parse(to_json(report))["summary"]["logins"] == 0);
}

TEST_CASE("spans of time are spoken") {
  const struct {
    Duration span;
    const char* words;
  } cases[] = {{milliseconds(0), "0 ms"},    {milliseconds(999), "999 ms"}, {milliseconds(1500), "1.5 s"},
               {seconds(440), "7 min 20 s"}, {seconds(11100), "3 h 5 min"}, {hours(50), "2 d 2 h"}};
  for (const auto& one : cases)
    CHECK(spoken(one.span) == one.words);
}

TEST_CASE("large counts are grouped") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(1234567) == "1,234,567");
}

TEST_CASE("findings have titles, also those of kinds that came later") {
  CHECK(finding_title("missing_log") == "missing from the log");
  CHECK(finding_title("agent_silent") == "agent silent");
  CHECK(finding_title("finding") == "two messages under one id");
}

TEST_CASE("coverage is never rounded up to all") {
  CHECK(percent(1) == "100.00 %");
  CHECK(percent(0.99999) == "99.99 %");
  CHECK(percent(0) == "0.00 %");
}

TEST_CASE("gaps and bars stay on their charts") {
  const auto from = at("2026-11-18T00:00:00Z"), to = at("2026-11-20T00:00:00Z");
  const struct {
    const char *from, *until;
    double x, width;
  } gaps[] = {{"2026-11-18T00:00:00Z", "2026-11-20T00:00:00Z", 0, 200},
              {"2026-11-19T00:00:00Z", "2026-11-19T12:00:00Z", 100, 50},
              {"2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", 0, 200},
              {"2026-11-19T23:59:59Z", "2026-11-20T00:00:00Z", 199, 1}};
  for (const auto& gap : gaps) {
    const auto place = place_gap({at(gap.from), at(gap.until), 0, ""}, from, to);
    CHECK(place.x == doctest::Approx(gap.x));
    CHECK(place.width == doctest::Approx(gap.width));
  }
  for (const std::int64_t n : {1, 3, 7, 100, 28'571, 1'000'000'000}) {
    app::ReportDay day{"2026-11-18", {}};
    day.verdicts.add("matched", true, n);
    const auto chart = chart_days({day});
    REQUIRE(chart.bars.size() == 1);
    CHECK(chart.bars[0].y >= 0);
    REQUIRE(chart.scale.size() == 4);
    constexpr double digit = 7;  // units, and six between number and line
    CHECK(chart.scale[3].x >= 6 + digit * static_cast<double>(chart.scale[3].text.size()));
    CHECK(chart.bars[0].x > chart.scale[3].x);
  }
}

}  // namespace
}  // namespace countersign::report
