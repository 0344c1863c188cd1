// The sentences of a Slack message: its title, what happened, why the reader sees it, who decided.
// Everything returned is mrkdwn whose foreign values are safe (text.hpp), but for title(): plain text, ours alone.
// Pure; safe for concurrent access.
#pragma once

#include <string>
#include <vector>

#include "app/chat.hpp"

namespace countersign::chat::slack {

/// "Was this you?", "Denied": by purpose, reader and state; at most 150 characters.
std::string title(const app::OwedMessage& message);

/// "*SSH login* as `oswaldo` on `bastion`", "*sudo command* by `oswaldo` as `root` on `bastion`: `/bin/bash`", or for a
/// burst "*4 SSH logins* as `oswaldo`".
std::string happening(const app::OwedMessage& message);

/// "`203.0.113.7` port 51234"; empty where the event has no source.
std::string origin(const core::Event& event, bool with_port);

/// "publickey, ED25519 `SHA256:…`"; empty where the event doesn't say.
std::string manner(const core::Event& event);

/// "Confirmed by the kernel.", "The kernel of the host saw no such login.": plain text; empty where it has said
/// nothing.
std::string witnessed(const app::OwedMessage& message);

/// "Oswaldo was asked … and has not answered."; empty where there is nothing to say beyond the approval's reason.
std::string silence(const app::OwedMessage& message);

/// "Taken by Oswaldo until …": empty where nobody has taken it, or it is decided.
std::string taken(const app::OwedMessage& message);

/// "*Approved* by Oswaldo, …": newest last, at most the three newest.
std::vector<std::string> decisions(const core::Approval& approval);

/// "Approved", "Denied", "Expected", "Pending".
std::string state_word(core::ApprovalState state);

/// True where more than one event is asked about.
bool is_burst(const app::OwedMessage& message);

}  // namespace countersign::chat::slack
