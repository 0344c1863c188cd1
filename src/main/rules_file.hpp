// Rule files: TOML in, core rules out. Every fault of every file is collected, with its line and the mend.
// Free functions without state.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/rules/engine.hpp"
#include "settings/problem.hpp"

namespace countersign::cli {

using settings::Problem, settings::Problems, settings::has_errors;

/// Whom a rule or a case of it asks, and where that is written.
struct Addressee {
  std::string name, rule, file;
  int line = 1;
};

struct RulePack {
  std::vector<core::Rule> rules;  // files in order of their names, rules in order of their places
  std::vector<Addressee> addressees;
  Problems problems;
};

/// Adds the rules of one file's text; `name` is what problems call it.
void read_rules(std::string_view name, std::string_view text, RulePack& pack);

/// The same of a file.
void read_rule_file(const std::string& file, RulePack& pack);

/// Adds every *.toml directly in the folder. A folder that can't be read or holds none is a problem.
void read_rule_folder(const std::filesystem::path& folder, RulePack& pack);

/// The pack built into the program.
RulePack built_in_rules();

struct Compilation {
  std::optional<core::Engine> engine;  // set where there is no error
  Problems problems;
};

/// Compiles, and with `examples` holds each rule against its own.
Compilation compile_rules(RulePack pack, bool examples = true);

/// What `--rules DIR…` means: the folders' rules, or the built-in pack where none is named, whose examples the tests
/// hold.
Compilation load_rules(std::span<const std::filesystem::path> folders);

}  // namespace countersign::cli
