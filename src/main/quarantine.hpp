// `countersign quarantine list|show|replay`: what no rule understood, and reading it again once one does.
#pragma once

#include <CLI/CLI.hpp>

namespace countersign::cli {

/// Adds the subcommand; `status` is set when it has run: 0; 1 where a replay left something; 2 usage.
void add_quarantine(CLI::App& app, int& status);

}  // namespace countersign::cli
