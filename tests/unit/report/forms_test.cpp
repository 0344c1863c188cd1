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

std::string in(Form form, Example& example) {
  auto text = render(example.report, example.lists, form);
  REQUIRE(text);
  return *std::move(text);
}

TEST_CASE("JSON has the contract's shape") {
  auto example = example_report();
  const auto json = nlohmann::json::parse(in(Form::json, example));
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
  CHECK(json["findings"][0]["events"][0]["login"]["sightings"][0]["class"] == "kernel");
  CHECK(json["approvals"]["findings"]["open"] == 1);
  CHECK(json["approvals"]["decision_seconds"]["p95"] == 420.0);
  CHECK(json["quarantine"]["messages"] == 7);
  CHECK(json["delivery"]["sources"][0]["delay_seconds"]["p50"] == 0.42);
  CHECK(json["deliveries_refused"]["deliveries"] == 17);
  CHECK(json["deliveries_refused"]["from"] == "2026-11-18T00:00:00Z");
  CHECK(json["deliveries_refused"]["by_reason"][1] == nlohmann::json{{"webhook", "splunk"},
                                                                     {"status", 401},
                                                                     {"reason", "token"},
                                                                     {"why", "401 token missing or wrong"},
                                                                     {"deliveries", 3}});
  CHECK(json["audit"]["entries"] == 12);
}

TEST_CASE("no form lets an attacker's text act") {
  auto report = example_report();
  SUBCASE("a terminal") {
    const auto text = in(Form::text, report);
    CHECK_FALSE(has(text, "\x1b"));
    CHECK_FALSE(has(text, "\r"));
    CHECK(clean_utf8(text) == text);
    CHECK_FALSE(has(text, "\xe2\x80\xae"));
  }
  SUBCASE("a page") {
    const auto html = in(Form::html, report);
    CHECK_FALSE(has(html, "<script"));
    CHECK_FALSE(has(html, "style="));  // the policy allows the one style sheet only
    CHECK(has(html, "&lt;script&gt;"));
    CHECK(clean_utf8(html) == html);
  }
  SUBCASE("a spreadsheet") {
    const auto csv = in(Form::csv, report);
    CHECK_FALSE(has(csv, "\"="));
    CHECK(has(csv, "\"'=cmd|'/c calc'!A1<script>alert(1)</script>\"\""));
    CHECK_FALSE(has(csv, "\x1b"));
  }
  SUBCASE("JSON") {
    const auto json = nlohmann::json::parse(in(Form::json, report));
    CHECK(json["findings"][0]["reason"].get<std::string>().starts_with("=cmd"));
  }
}

TEST_CASE("a cell that a spreadsheet would compute is quoted") {
  for (const std::string_view start : {"=", "+", "-", "@"}) {
    CAPTURE(start);
    auto example = example_report();
    example.report.hosts[1].name = std::string(start) + "1+1";
    CHECK(has(in(Form::csv, example), "\"'" + std::string(start) + "1+1\""));
  }
}

TEST_CASE("every CSV line has as many cells as the head") {
  auto example = example_report();
  auto& [report, lists] = example;
  lists.findings.front().approval.reason = "plain";
  lists.findings.front().first.event.user = "oswaldo";
  auto& event = lists.of_finding.front().front();
  event = unlogged("oswaldo", 50001);
  event.event.id = Id{1};
  report.hosts.pop_back();
  report.aliases.front().words = "plain";
  report.quarantine.front().program = "sudo";
  report.approvals.by.clear();  // what the table says of them has commas of its own
  report.delivery.clear();
  report.refused = {{"splunk", 401, "token", 3}};
  for (auto& asked : lists.questions) {
    asked.first->user = "oswaldo";
    asked.decided_by = "oswaldo";
  }
  const auto csv = in(Form::csv, example);
  std::size_t lines = 0;
  const auto cells = [](std::string_view line) { return std::count(line.begin(), line.end(), ','); };
  for (std::size_t start = 0, end = 0; (end = csv.find("\r\n", start)) != std::string::npos; start = end + 2, ++lines)
    CHECK(cells(std::string_view(csv).substr(start, end - start)) == cells(csv.substr(0, csv.find("\r\n"))));
  // head, summary, two days, a host, its gap, a way in, an alias, an open and a denied question, a finding and its
  // login, a refusal, quarantine
  CHECK(lines == 14);
}

TEST_CASE("text says what was found and what could not be seen") {
  auto example = example_report();
  const auto text = in(Form::text, example);
  for (const auto* part :
       {"missing from the log", "blind from 2026-11-18T12:00:00Z to 2026-11-18T13:00:00Z: agent silent", "97.91 %",
        "99 questions asked: 95 approved, 1 denied, 1 open, 2 covered", "1 finding: 1 raised in the span",
        "decided within 20.0 s (median), 7 min 0 s (95 of 100), 3 h 0 min (slowest)",
        "believed until its first root session", "no agent", "head 7f7f7f", "dropbear: a login daemon",
        "aliases = [\"ip-10-0-0-5\"]"})
    CHECK_MESSAGE(has(text, part), part);
}

TEST_CASE("deliveries that were refused are told by webhook and reason, of whole hours, and none too") {
  Example example;
  example.report.from = at("2026-11-18T00:30:00Z");
  example.report.to = at("2026-11-18T10:10:00Z");
  const std::string span = "in the whole hours from 2026-11-18T00:00:00Z to 2026-11-18T11:00:00Z";
  CHECK(has(in(Form::text, example), "Deliveries refused\n  none " + span + "\n"));
  CHECK(has(in(Form::html, example), "<h2>Deliveries refused</h2>\n<p class=\"soft\">None " + span + ".</p>"));
  CHECK_FALSE(has(in(Form::csv, example), "\"refused\""));
  example.report.refused = {{"papertrail", 413, "too_large", 12}, {"", 404, "no_webhook", 2}};
  CHECK(has(in(Form::text, example), "Deliveries refused\n  " + span +
                                         "\n        12  papertrail: 413 too large\n"
                                         "         2  unknown names: 404 no webhook of that name\n"));
  const auto html = in(Form::html, example);
  CHECK(has(html, "or have lost, " + span));
  CHECK(has(html, "<th scope=\"row\">papertrail</th><td>413 too large</td><td>12</td>"));
  CHECK(has(in(Form::csv, example),
            R"("refused","papertrail","2026-11-18T00:00:00Z","2026-11-18T11:00:00Z",,,,,,,,,,,,,"too_large","","",)"
            R"("413","12 deliveries refused: 413 too large")"));
  CHECK_FALSE(example.report.has_findings());
}

TEST_CASE("an empty span is a report too") {
  Example example;
  auto& report = example.report;
  report.from = at("2026-11-18T00:00:00Z");
  report.to = at("2026-11-19T00:00:00Z");
  CHECK_FALSE(report.has_findings());
  CHECK(has(in(Form::text, example), "Findings\n  none"));
  CHECK(has(in(Form::html, example), "None in this span."));
  CHECK_FALSE(has(in(Form::html, example), "<svg"));
  CHECK(nlohmann::json::parse(in(Form::json, example))["summary"]["logins"] == 0);
}

TEST_CASE("every login of a finding stands with both accounts: bounded where people read, all in JSON and CSV") {
  Example example;
  app::ReportFinding finding;
  finding.approval.kind = "finding";
  std::vector<app::FindingEvent> events;
  for (int i = 0; i < 450; ++i)
    events.push_back(unlogged(fmt::format("user{}", i), 50000 + i));
  example.add_finding(finding, events);
  const auto json = nlohmann::json::parse(in(Form::json, example));
  REQUIRE(json["findings"][0]["events"].size() == 450);
  CHECK(json["findings"][0]["events"][449]["login"]["source.port"] == 50449);
  CHECK(json["findings"][0]["event_count"] == 450);
  const auto csv = in(Form::csv, example);
  CHECK(has(csv, R"("account","bastion")"));
  CHECK(has(csv, R"("","agent:bastion: user449")"));  // the log's account is empty, the kernel's beside it
  const auto text = in(Form::text, example);
  CHECK(has(text,
            "user9@bastion from 203.0.113.7 port 50009 at 1970-01-01T00:00:00Z: missing from the log\n"
            "      log      said nothing\n      kernel   1970-01-01T00:00:00Z by agent:bastion: user9\n"));
  CHECK_FALSE(has(text, "user10@"));
  CHECK(has(text, "and 440 more: 10 of 450 logins shown; all in the CSV and JSON"));
  const auto html = in(Form::html, example);
  CHECK(has(html, "user19@"));
  CHECK_FALSE(has(html, "user20@"));
  CHECK(has(html, "<h4>log</h4><p class=\"soft\">said nothing</p>"));
  CHECK(has(html, "and 430 more: 20 of 450 logins shown; all in the CSV and JSON"));
}

TEST_CASE("a list that stops says so, and CSV and JSON are whole") {
  Example example;
  auto& [report, lists] = example;
  for (int i = 0; i < 1234; ++i) {
    app::ReportFinding finding;
    finding.approval.kind = "finding";
    finding.approval.reason = fmt::format("reason {}.", i);
    example.add_finding(finding, {unlogged("oswaldo", 50001)});
    app::ReportHost host;
    host.name = fmt::format("web{}", i);
    host.notes = {};
    report.hosts.push_back(host);
    report.quarantine.push_back({"papertrail", fmt::format("program{}", i), 7});
    report.delivery.push_back({fmt::format("source{}", i), {1, {}, {}, {}}, 0, 0});
    report.refused.push_back({fmt::format("hook{}", i), 413, "too_large", 1});
    report.approvals.by.push_back({fmt::format("person{}", i), 1, 0, 0, 0});
    app::ReportAsked asked;
    asked.id = Id{i + 1};
    asked.addressed_to = fmt::format("asked{}", i);
    lists.questions.push_back(asked);
  }
  report.approvals.pending = 1234;
  const auto text = in(Form::text, example), html = in(Form::html, example), csv = in(Form::csv, example);
  for (const auto* what :
       {"findings", "hosts", "programs", "sources", "kinds of refusals", "people who decided", "open questions"}) {
    CAPTURE(what);
    CHECK(has(text, fmt::format("50 of 1,234 {} shown; all in the CSV and JSON", what)));
    const auto shown = what == std::string_view("open questions") ? 50 : 500;
    CHECK(has(html, fmt::format("{} of 1,234 {} shown; all in the CSV and JSON", shown, what)));
  }
  const auto json = nlohmann::json::parse(in(Form::json, example));
  CHECK(json["findings"].size() == 1234);
  CHECK(json["approvals"]["open"].size() == 1234);
  CHECK(json["hosts"].size() == 1234);
  for (const auto* each : {"reason 1233.", "web1233", "program1233", "source1233", "hook1233", "person1233"})
    CHECK_MESSAGE(has(csv, each), each);
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

TEST_CASE("a long host name is cut in the page's tables, and whole in the title, escaped") {
  Example example;
  app::ReportHost host;
  host.name = std::string(290, 'n') + "\"'><b>";
  host.ways = {{"no_agent", "", "nobody sees", {}}};
  example.report.hosts = {host};
  const auto html = in(Form::html, example);
  const auto cell = "<th scope=\"row\" title=\"" + std::string(290, 'n') + "&quot;&#39;&gt;&lt;b&gt;\">" +
                    std::string(59, 'n') + "\u2026</th>";
  CHECK(has(html, cell + "<td>0</td>"));
  CHECK(has(html, cell + "<td>the whole host</td>"));
}

}  // namespace
}  // namespace countersign::report
