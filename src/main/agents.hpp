// `countersign agents`: which agents there are, and the end of one. Free functions.
#pragma once

#include <CLI/CLI.hpp>

namespace countersign::cli {

/// Adds the subcommands list, remove and key.
void add_agents(CLI::App& app, int& status);

}  // namespace countersign::cli
