// `countersign serve`.
#pragma once

#include <CLI/CLI.hpp>

namespace countersign::cli {

/// Adds the subcommand; `status` is set when it has run: 0 ended by a signal, 2 faulty configuration or no start.
void add_serve(CLI::App& app, int& status);

}  // namespace countersign::cli
