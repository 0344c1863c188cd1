// countersign hosts list|aliases: which ways into each host nobody witnesses, and which names nobody declared.
#pragma once

#include <CLI/CLI.hpp>

namespace countersign::cli {

void add_hosts(CLI::App& app, int& status);

}  // namespace countersign::cli
