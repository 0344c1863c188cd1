// One exchange of an operator's command with the server, and what the terminal gets of it. Blocking; one thread.
#pragma once

#include <functional>
#include <string>

#include "main/remote.hpp"

namespace countersign::cli {

/// Asks, then prints the answer: as JSON where `format` says so, else as `print` has it. Complaints go to stderr.
/// The exit status: 0, 1 where the server said no, 2 for usage, configuration, or no server.
int exchange(const RemoteOptions& options, const std::string& format,
             const std::function<Result<Reply>(const Remote&)>& ask,
             const std::function<void(const nlohmann::json&)>& print);

/// The text of a member, fit for a terminal; empty where there is none. Names as ECS has them are keys, not paths.
std::string member_text(const nlohmann::json& object, const char* key);

}  // namespace countersign::cli
