// `countersign audit`: the chain's head, whether the chain holds, and a bundle that an auditor checks elsewhere.
#pragma once

#include <CLI/CLI.hpp>

namespace countersign::cli {

/// Adds the subcommands; `status` becomes 1 where the chain does not hold.
void add_audit(CLI::App& app, int& status);

}  // namespace countersign::cli
