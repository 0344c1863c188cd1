// countersign canary: has the running server make its canaries now, and says what carried them. One thread.
#pragma once

#include <CLI/CLI.hpp>

namespace countersign::cli {

/// Exit: 0 all carried, 1 something failed, 2 usage, configuration or no server.
void add_canary(CLI::App& app, int& status);

}  // namespace countersign::cli
