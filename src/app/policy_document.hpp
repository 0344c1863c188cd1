// What was configured about people, hosts, rules and times, as an auditor reads it and as the audit chain knows it: the
// row of each load bears the document's digest, so that whoever has the document knows whether it was in force. Pure.
#pragma once

#include <string>

#include "app/policy.hpp"

namespace countersign::app {

/// One line of JSON, keys sorted: {"expected","files","hosts","key_names","people","reconcile","rules","schedule",
/// "service_accounts"}. No secrets.
std::string policy_document(const Policy& policy);

/// The chain's row of a load: {"expected","file","files","people","policy","rules","service_accounts"}; `policy` is the
/// SHA-256 of the document in hex, `expected` the [[expected]] entries of the configuration, `file` its main file.
std::string detail_of_load(const Policy& policy, const std::string& file);

}  // namespace countersign::app
