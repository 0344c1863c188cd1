#include "main/serve/serve.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <cstdio>
#include <memory>

#include "main/policy.hpp"
#include "main/serve/service.hpp"

namespace countersign::cli {
namespace {

/// What the parts throw at start-up (a file that went after it was checked) is a reason like any other.
Result<std::unique_ptr<Service>> open_service(Config config, std::shared_ptr<const app::Policy> policy,
                                              const std::shared_ptr<spdlog::logger>& log) try {
  return Service::open(std::move(config), std::move(policy), log);
} catch (const std::exception& error) {
  return fail(Fault::invalid, "{}", error.what());
}

int run_serve(const std::string& config_file) {
  auto loaded = load_config(config_file);
  auto made = make_policy(loaded);
  for (const auto& problem : made.problems)
    fmt::print(stderr, "{}\n", to_text(problem));
  if (!made.policy) {
    fmt::print(stderr, "not started: mend what is said above; countersign check --config {} says it again\n",
               config_file);
    return 2;
  }
  auto log = std::make_shared<spdlog::logger>("countersign", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  log->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  auto service = open_service(std::move(loaded.config), std::move(made.policy), log);
  if (!service) {
    fmt::print(stderr, "not started: {}\n", service.error().message);
    return 2;
  }
  fmt::print("listening on {}\n", (*service)->url());
  std::fflush(stdout);
  (*service)->run();
  return 0;
}

}  // namespace

void add_serve(CLI::App& app, int& status) {
  auto* serve = app.add_subcommand("serve", "Run the service; ready when it prints its address");
  auto file = std::make_shared<std::string>();
  serve->add_option("--config", *file, "Configuration file")->required();
  serve->callback([&status, file] { status = run_serve(*file); });
}

}  // namespace countersign::cli
