// `countersign expected list|add|end`: changes that are announced, through the running server.
#pragma once

#include <CLI/CLI.hpp>

namespace countersign::cli {

void add_expected(CLI::App& app, int& status);

}  // namespace countersign::cli
