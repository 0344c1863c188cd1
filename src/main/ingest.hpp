// `countersign ingest`: lines of files into the store, through the running server or alone, as often as one likes.
#pragma once

#include <CLI/CLI.hpp>

namespace countersign::cli {

/// Adds the subcommand; `status` becomes 2 where a file can't be read or no server takes the lines.
void add_ingest(CLI::App& app, int& status);

}  // namespace countersign::cli
