// What every form of the report says in words: verdicts explained, spans of time, whom a finding is about. Pure.
#pragma once

#include <string>
#include <string_view>

#include "app/report.hpp"

namespace countersign::report {

/// A verdict's name in the contract ("missing_log") for a reader: "missing from the log".
std::string_view title_of(std::string_view verdict);
/// And what it means: "the kernel saw it, no log line came".
std::string_view meaning_of(std::string_view verdict);

/// "196,093".
std::string grouped(std::int64_t count);
/// "420 ms", "1.5 s", "7 min 20 s", "3 h 5 min".
std::string spoken(Duration span);
/// "99.98 %", never rounded up to 100.
std::string percent(double part);
/// How much of the span its agent saw, or why that is no question.
std::string coverage_of(const app::ReportHost& host);

/// A finding's kind ("agent_silent") for a reader: "agent silent".
std::string finding_title(std::string_view kind);
/// What a finding is: its event's action without "finding_", or the approval's kind.
std::string kind_of(const app::ReportFinding& finding);
/// Of an open question: "asks Oswaldo", "asks the security channel"; of a settled one who settled it and when.
std::string standing_of(const app::ReportAsked& asked);
/// Of a question about logins: "oswaldo@bastion from 203.0.113.7, and 3 more".
std::string logins_of(const app::ReportAsked& asked);
/// "7 findings: 5 raised in the span, 2 about what happened in it; 4 signed off, 0 denied, 3 open".
std::string words_of(const app::FindingCounts& counts);
/// What a delay does not count, or counts without knowing: "; 12 brought later are left out"; "" where there is none.
std::string left_out_of(const app::ReportDelivery& delivery);
/// Whose deliveries were refused: a webhook, or "unknown names".
std::string refused_of(const app::RefusedDeliveries& refused);
/// "in the whole hours from … to …": counters of refused deliveries know hours only.
std::string refused_span(const app::Report& report);
/// "50 of 1,234 gaps shown; all in the CSV and JSON".
std::string shown_of(std::size_t shown, std::int64_t all, std::string_view what);
/// "host", or the way's own name: what a list of ways shows before the words.
std::string_view way_title(const app::ReportWay& way);
/// Who settled it and when, "" while it waits.
std::string settled_by(const core::Approval& approval);
std::string settled_by(const app::ReportAsked& asked);

}  // namespace countersign::report
