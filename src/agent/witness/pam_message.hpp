// What the PAM hook tells the agent in one datagram, and the sighting it makes. The bytes are "NAME=value" lines as
// countersign-pam writes them: PAM's own variables, the pid of the program that called PAM, SSH_CONNECTION. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/event.hpp"

namespace countersign::agent {

/// The event of an opened or closed session; nullopt for what is neither, or no such message.
std::optional<core::Event> read_pam_message(std::string_view bytes, Timestamp at);

}  // namespace countersign::agent
