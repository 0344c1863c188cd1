// `countersign slack`: what an operator needs to set the Slack app up.
#pragma once

#include <CLI/CLI.hpp>

namespace countersign::cli {

/// Adds the subcommand; `status` is set when it has run: 0 done, 2 faulty configuration.
void add_slack(CLI::App& app, int& status);

}  // namespace countersign::cli
