// How the pages say things: times, logins, decisions. Pure; what comes out is one line of valid UTF-8, not yet escaped.
#pragma once

#include <string>

#include "app/rows.hpp"

namespace countersign::web {

/// "20 Nov 2026, 01:02:03 UTC"
std::string utc_words(Timestamp at);
/// "just now", "3 min ago", "2 h ago", "5 days ago"; what lies ahead is "in 3 min".
std::string ago(Timestamp at, Timestamp now);

/// "Public key, ED25519", "Certificate alice@example.com", "Password"; empty where the log doesn't say.
std::string method_words(const core::Event& event);
/// "logged in to bastion" or, for another action, "sudo on bastion".
std::string deed_words(const core::Event& event);
/// "203.0.113.7 port 51234"
std::string origin_words(const core::Event& event);
/// "Approved by Oswaldo"; a first of two: "Approved by Alice, one more is needed".
std::string decision_words(const core::Decision& decision);
/// "through Slack", "in the inbox", …
std::string via_words(const std::string& via);

}  // namespace countersign::web
