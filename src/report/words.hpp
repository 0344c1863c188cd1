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

/// "420 ms", "1.5 s", "7 min 20 s", "3 h 5 min".
std::string spoken(Duration span);
/// "99.98 %", never rounded up to 100.
std::string percent(double part);

/// What a finding is: its event's action without "finding_", or the approval's kind.
std::string kind_of(const app::FullApproval& finding);
/// Who settled it and when, "" while it waits.
std::string settled_by(const core::Approval& approval);

}  // namespace countersign::report
