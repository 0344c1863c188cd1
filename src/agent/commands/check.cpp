#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/commands/commands.hpp"
#include "agent/configuration.hpp"

namespace countersign::agent {
namespace {

int check_configuration(const std::string& file, bool json) {
  const auto loaded = load_configuration(file);
  for (const auto& problem : loaded.problems) {
    const nlohmann::json object{{"file", problem.file},
                                {"line", problem.line},
                                {"severity", problem.warning ? "warning" : "error"},
                                {"message", problem.text}};
    fmt::print("{}\n", json ? object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) : to_text(problem));
  }
  const bool bad = has_errors(loaded.problems);
  fmt::print(stderr, "{}: {}\n", file, bad ? "not usable; mend what is said above" : "good");
  return bad ? 2 : 0;
}

}  // namespace

void add_check(CLI::App& app, int& status) {
  auto* check = app.add_subcommand("check", "Every fault of the configuration, with line and mend");
  auto file = std::make_shared<std::string>(default_configuration);
  auto format = std::make_shared<std::string>("text");
  check->add_option("--config", *file, "Configuration file")->capture_default_str();
  check->add_option("--format", *format, "text or json")->check(CLI::IsMember({"text", "json"}));
  check->callback([&status, file, format] { status = check_configuration(*file, *format == "json"); });
}

}  // namespace countersign::agent
