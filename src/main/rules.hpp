// `countersign rules test FILE|DIR`: every line of every rule, what came of it and why; for people who write rules.
// `countersign rules doc`: the reference of all rules as Markdown, made from them.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "main/rules_file.hpp"

namespace countersign::cli {

/// The reference of the pack, in the order of its files.
std::string rule_reference(const RulePack& pack);

/// Adds the subcommand; `status` is set when it has run: 0; 1 where a line does not do what it should; 2 faulty rules.
void add_rules(CLI::App& app, int& status);

}  // namespace countersign::cli
