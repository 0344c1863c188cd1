#include "main/policy.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <rulepack.hpp>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/encoding.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "core/approval.hpp"
#include "crypto/digest.hpp"
#include "main/rules_file.hpp"
#include "settings/section.hpp"

namespace countersign::cli {
namespace {

/// Where packages put the built-in rules; not there on a machine that runs what it built, and then built in they are.
constexpr std::string_view packaged_rules = "/usr/share/countersign/rules";

bool has_rule_files(const std::filesystem::path& directory) {
  const auto files = list_folder(directory.string(), ".toml");
  return !files || !files->empty();  // one that can't be listed is no empty one: its reader says why
}

void append(RulePack& pack, RulePack more) {
  std::ranges::move(more.addressees, std::back_inserter(pack.addressees));
  std::ranges::move(more.rules, std::back_inserter(pack.rules));
  std::ranges::move(more.problems, std::back_inserter(pack.problems));
}

/// The part of a rule's id before its first dot: what a family of rules shares.
std::string_view family_of(std::string_view id) {
  return id.substr(0, id.find('.'));
}

/// Names in a source's json_rules that no rule which reads JSON has.
void check_json_rules(const Config& config, const RulePack& pack, Problems& problems) {
  std::set<std::string_view> families;
  for (const auto& rule : pack.rules)
    if (!rule.where.empty()) families.insert(family_of(rule.id));
  const auto check = [&](const auto& source) {
    for (const auto& pattern : source.json_rules.patterns)
      if (pattern != "*" && std::ranges::none_of(pack.rules, [&](const core::Rule& rule) {
            return !rule.where.empty() && glob(pattern, rule.id);
          }))
        problems.push_back({config.file, std::max(source.json_rules.line, 1),
                            fmt::format("no rule that reads JSON is called '{}'; write one of {}.*", pattern,
                                        fmt::join(families, ".*, ")),
                            true});
  };
  std::ranges::for_each(config.webhooks, check);
  std::ranges::for_each(config.tails, check);
  std::ranges::for_each(config.syslogs, check);
}

/// Whom the rules ask, and nobody is called.
void check_addressees(const Config& config, const RulePack& pack, Problems& problems) {
  std::vector<std::string_view> names{core::security_channel};
  for (const auto& person : config.directory.people)
    names.emplace_back(person.name);
  for (const auto& to : pack.addressees) {
    if (std::ranges::find(names, to.name) != names.end()) continue;
    const auto close = nearest(to.name, names);
    const auto mend = close.empty() ? std::string("add a [[person]] of that name, or write \"security_channel\"")
                                    : fmt::format("did you mean '{}'?", close);
    problems.push_back(
        {to.file, to.line,
         fmt::format("rule '{}' asks '{}', who is no configured person; {}", to.rule, one_line(to.name, 60), mend),
         false});
  }
}

/// The rules of the folders, in their order. A folder that is not there, or holds none yet, is only warned about.
RulePack read_folders(const Config& config, Problems& problems) {
  const auto warn = [&](std::string text) { problems.push_back({config.file, 1, std::move(text), true}); };
  RulePack pack;
  for (const auto& directory : config.rule_directories) {
    const std::filesystem::path folder(directory);
    std::error_code error;
    if (std::filesystem::is_directory(folder, error)) {
      if (has_rule_files(folder))
        read_rule_folder(folder, pack);
      else
        warn(fmt::format("no rules are in {} yet", directory));
    } else if (directory == packaged_rules) {
      append(pack, built_in_rules());
    } else {
      warn(fmt::format("no rules are in {}: there is no such folder", directory));
    }
  }
  if (pack.rules.empty() && pack.problems.empty()) {
    if (!config.rule_directories.empty())
      warn("no folder of [rules] directories has a rule: the built-in rules are used");
    return built_in_rules();
  }
  if (std::ranges::find(pack.rules, "ssh_login", &core::Rule::action) == pack.rules.end())
    warn(fmt::format("no rule reads SSH logins: add \"{}\" to [rules] directories", packaged_rules));
  return pack;
}

void add_digests(const std::string& directory, std::vector<std::pair<std::string, std::string>>& digests) {
  const auto files = list_folder(directory, ".toml");
  if (!files) return;  // a warning says so already
  for (const auto& file : *files)
    if (const auto text = read_file(file, settings::Document::longest))
      digests.emplace_back(file, to_hex(crypto::sha256(*text)));
}

/// Of every file of rules and people, so that a changed one shows in the audit chain.
std::vector<std::pair<std::string, std::string>> digests_of_files(const Config& config) {
  std::vector<std::pair<std::string, std::string>> digests;
  for (const auto& directory : config.rule_directories)
    add_digests(directory, digests);
  if (!config.people_directory.empty()) add_digests(config.people_directory, digests);
  for (const auto& file : embedded::rulepack())
    digests.emplace_back("built-in/" + std::string(file.name), to_hex(crypto::sha256(file.text)));
  std::ranges::sort(digests);
  return digests;
}

}  // namespace

PolicyMade make_policy(const LoadedConfig& loaded) {
  PolicyMade made{nullptr, loaded.problems};
  const auto& config = loaded.config;
  auto pack = read_folders(config, made.problems);
  check_json_rules(config, pack, made.problems);
  check_addressees(config, pack, made.problems);
  auto compiled = compile_rules(std::move(pack));
  std::ranges::move(compiled.problems, std::back_inserter(made.problems));
  settings::sort_by_place(made.problems);
  if (has_errors(made.problems) || !compiled.engine) return made;
  made.policy = std::make_shared<const app::Policy>(
      app::Policy{*std::move(compiled.engine), core::Directory(config.directory), config.schedule, config.match_window,
                  config.grace, config.silence, digests_of_files(config)});
  return made;
}

}  // namespace countersign::cli
