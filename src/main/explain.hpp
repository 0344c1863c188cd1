// `countersign explain`: which rule reads a message, which fields come of it, and whom it leads to and why.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

namespace countersign::cli {

struct ExplainOptions {
  std::string config_file;             // empty: the built-in rules and nobody configured
  std::optional<std::string> program;  // none: by the rules that read JSON where it is that, else sshd
  std::string host, message;
  bool json = false;
};

/// Prints the explanation on stdout. 0; 1 where no rule matches; 2 where the configuration is faulty.
int run_explain(const ExplainOptions& options);

/// Adds the subcommand; `status` is set when it has run.
void add_explain(CLI::App& app, int& status);

}  // namespace countersign::cli
