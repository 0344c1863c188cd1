// What is known of hosts as JSON, for the API and the report alike. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "app/report.hpp"

namespace countersign::app {

/// {"kind","name","since","words"}
nlohmann::ordered_json way_json(const ReportWay& way);
/// {"source","class","skew_seconds","last_heard"}
nlohmann::ordered_json stream_json(const ReportStream& stream);
/// {"host","name","logins","same_process","first","last","source","login","line","relay","words","toml"}
nlohmann::ordered_json alias_json(const AliasProposal& proposal);

}  // namespace countersign::app
