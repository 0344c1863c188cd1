// What a report says of each host: what its kernel's witness could see, which ways in nobody witnesses, until when it
// is believed, how its clocks lie. Pure but for the View.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "app/report.hpp"

namespace countersign::app {

/// The row of logins that name no host: a cloud's, a console's. No agent is owed there, and no log either.
inline constexpr std::string_view no_host = "(no host: cloud and consoles)";

/// Fills report.hosts. `hosts` bears the verdicts already, and every host that is configured or told of a login; those
/// that speak or are watched without a login are added.
Result<void> describe_hosts(View& view, Report& report, std::map<std::string, ReportHost>& hosts);

/// Every host that is known, as it stands now, by name; coverage, skew and streams are those of the last seven days.
Result<std::vector<ReportHost>> hosts_now(View& view, const core::Directory& directory, Timestamp now);

}  // namespace countersign::app
