// `countersign approvals list|show|approve|deny` and `countersign events QUERY`: the API from a terminal.
#pragma once

#include <CLI/CLI.hpp>

namespace countersign::cli {

/// Adds the subcommands; `status` is set when one has run: 0 done, 1 not found, not allowed or decided, 2 usage.
void add_approvals(CLI::App& app, int& status);
void add_events(CLI::App& app, int& status);

/// `countersign inbox link`: a one-time link into the built-in inbox.
void add_inbox(CLI::App& app, int& status);

}  // namespace countersign::cli
