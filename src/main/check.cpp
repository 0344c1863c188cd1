#include "main/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "main/policy.hpp"

namespace countersign::cli {
namespace {

nlohmann::json to_json(const Problem& problem) {
  return {{"file", problem.file},
          {"line", problem.line},
          {"severity", problem.warning ? "warning" : "error"},
          {"message", problem.text}};
}

}  // namespace

int run_check(const std::string& config_file, bool json) {
  const auto made = make_policy(load_config(config_file));
  for (const auto& problem : made.problems)
    fmt::print("{}\n", json ? to_json(problem).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
                            : to_text(problem));
  const auto errors = std::ranges::count_if(made.problems, [](const Problem& problem) { return !problem.warning; });
  const auto warnings = static_cast<std::ptrdiff_t>(made.problems.size()) - errors;
  if (errors > 0)
    fmt::print(stderr, "{}: {} error{}, {} warning{}\n", config_file, errors, errors == 1 ? "" : "s", warnings,
               warnings == 1 ? "" : "s");
  else
    fmt::print(stderr, "{}: good, {} rules, {} people, {} warning{}\n", config_file, made.policy->engine.rules().size(),
               made.policy->directory.entries().people.size(), warnings, warnings == 1 ? "" : "s");
  return errors > 0 ? 2 : 0;
}

void add_check(CLI::App& app, int& status) {
  auto* check = app.add_subcommand("check", "Every fault of configuration and rules, with file, line and mend");
  auto file = std::make_shared<std::string>();
  auto format = std::make_shared<std::string>("text");
  check->add_option("--config", *file, "Configuration file")->required();
  check->add_option("--format", *format, "text or json")->check(CLI::IsMember({"text", "json"}));
  check->callback([&status, file, format] { status = run_check(*file, *format == "json"); });
}

}  // namespace countersign::cli
