// countersign backfill: has the running server ask a provider for what its deliveries missed, and shows how far it is.
// Where none runs it asks by itself.
#pragma once

#include <CLI/CLI.hpp>

namespace countersign::cli {

void add_backfill(CLI::App& app, int& status);

}  // namespace countersign::cli
