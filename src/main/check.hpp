// `countersign check`: every fault of configuration and rules, before anything starts.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace countersign::cli {

/// Prints each problem as FILE:LINE: text on stdout, or as JSON objects with `json`. 0, or 2 where there is an error.
int run_check(const std::string& config_file, bool json);

/// Adds the subcommand; `status` is set when it has run.
void add_check(CLI::App& app, int& status);

}  // namespace countersign::cli
