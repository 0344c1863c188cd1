// The asking end of the agent's local socket. Blocks the thread it is called on.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace countersign::agent {

/// Asks the agent whose sockets are in `directory` and hands on its answer line by line until it ends or `line` says
/// false. Fault::unavailable where no agent runs, ::forbidden where it won't tell this user.
Result<void> ask_agent(const std::string& directory, std::string_view question,
                       const std::function<bool(std::string_view)>& line);

}  // namespace countersign::agent
