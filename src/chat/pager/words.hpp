// What a page says, in plain text: for webhooks and mails alike. Every foreign value is one line, bounded, without
// control, bidirectional or zero-width characters, and its "://" is broken so that no reader makes a link of it.
// Pure; safe for concurrent access.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/chat.hpp"

namespace countersign::chat::pager {

/// The events a page lists; more are counted.
inline constexpr std::size_t events_shown = 10;

/// "page", "denial", "outage", "head": the kind of a page, whatever purpose brought it.
std::string_view kind_of(const app::Notification& notification);

/// A foreign value made harmless.
std::string value(std::string_view text, std::size_t limit = 200);

/// One line: "Undecided: SSH login as oswaldo on bastion".
std::string headline(const app::OwedMessage& message);

/// "2026-11-20T12:00:00Z  oswaldo on bastion from 203.0.113.7 port 51234, publickey ED25519 SHA256:…": one event.
std::string event_line(const core::Event& event);

/// "Approved by Oswaldo, 2026-11-20T12:01:30Z: reason", oldest first.
std::vector<std::string> decision_lines(const core::Approval& approval);

}  // namespace countersign::chat::pager
