// Rule files: TOML in, core rules out. Every fault of every file is collected, as "FILE:LINE: what; mend".
// Free functions without state.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/rules/engine.hpp"

namespace countersign::cli {

struct RulePack {
  std::vector<core::Rule> rules;  // files in order of their names, rules in order of their places
  std::vector<std::string> faults;
};

/// Adds the rules of one file's text; `name` is what faults call it.
void read_rules(std::string_view name, std::string_view text, RulePack& pack);

/// Every *.toml directly in the directories, one directory after the other. A directory that can't be read is a fault.
RulePack read_rule_directories(std::span<const std::filesystem::path> directories);

/// The pack built into the program.
RulePack built_in_rules();

struct Compilation {
  std::optional<core::Engine> engine;  // set where there is no fault
  std::vector<std::string> faults;
};

/// Compiles; with `examples`, holds each rule against its own.
Compilation compile_rules(RulePack pack, bool examples = true);

/// What `--rules DIR…` and the configuration mean: the directories' rules, or the built-in pack where none is named,
/// whose examples are the tests' business.
Compilation load_rules(std::span<const std::filesystem::path> directories);

}  // namespace countersign::cli
