#include "main/policy.hpp"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>

#include "main/rules_file.hpp"

namespace countersign::cli {
namespace {

/// "FILE:LINE: text" as the rule reader says it.
Problem split(const std::string& fault) {
  const auto end_of_line = fault.find(": ");
  const auto colon = fault.rfind(':', end_of_line - 1);
  Problem problem{fault, 1, fault, false};
  if (end_of_line == std::string::npos || colon == std::string::npos) return problem;
  std::from_chars(fault.data() + colon + 1, fault.data() + end_of_line, problem.line);
  problem.file = fault.substr(0, colon);
  problem.text = fault.substr(end_of_line + 2);
  return problem;
}

std::vector<std::filesystem::path> folders_there(const Config& config, Problems& problems) {
  std::vector<std::filesystem::path> there;
  for (const auto& directory : config.rule_directories) {
    if (std::filesystem::is_directory(directory))
      there.emplace_back(directory);
    else
      problems.push_back({config.file, 1, fmt::format("no rules are in {}: there is no such folder", directory), true});
  }
  if (there.empty() && !config.rule_directories.empty())
    problems.push_back({config.file, 1, "none of [rules] directories is there: the built-in rules are used", true});
  return there;
}

}  // namespace

PolicyMade make_policy(const LoadedConfig& loaded) {
  PolicyMade made{nullptr, loaded.problems};
  const auto& config = loaded.config;
  auto compiled = load_rules(folders_there(config, made.problems));
  for (const auto& fault : compiled.faults)
    made.problems.push_back(split(fault));
  if (has_errors(made.problems) || !compiled.engine) return made;
  made.policy = std::make_shared<const app::Policy>(app::Policy{
      *std::move(compiled.engine), core::Directory(config.directory), config.schedule, config.match_window});
  return made;
}

}  // namespace countersign::cli
