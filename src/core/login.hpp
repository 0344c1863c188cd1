// What is a login: the events that the report counts, the auditor's population holds and amendments are about. One
// list, which SQL asks through is_login() (store/functions.hpp), programs through login_query(); src/audit/verify.py,
// which an auditor must be able to read alone, repeats it, and a test holds the two together. Pure; safe for concurrent
// access.
#pragma once

#include <string>
#include <string_view>

#include "core/event.hpp"

namespace countersign::core {

/// Actions, as globs. A change made, a command run, a role taken (programs do it all day) or a report of a provider's
/// is no login; neither is `session_start`, which stands beside a login's own line.
inline constexpr std::string_view login_kinds = "*_login aws_session signin";
/// The kinds that reports counted before sealed ones said which.
inline constexpr std::string_view first_login_kinds = "*_login";

/// Whether it is a login, one that failed too, by a list of kinds.
bool is_login(std::string_view action, std::string_view kinds = login_kinds);

/// The same as a query of the events API.
std::string login_query();

/// A login that sshd let in: the kind that a kernel's witness can see.
bool is_ssh_login(const Event& event);

}  // namespace countersign::core
