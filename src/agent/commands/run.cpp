#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <cstdio>
#include <memory>

#include "agent/agent.hpp"
#include "agent/commands/commands.hpp"
#include "base/text.hpp"
#include "crypto/random.hpp"

namespace countersign::agent {
namespace {

int run_agent(const std::string& file) {
  auto loaded = load_configuration(file);
  for (const auto& problem : loaded.problems)
    fmt::print(stderr, "{}\n", to_text(problem));
  if (has_errors(loaded.problems)) {
    fmt::print(stderr, "not started: mend what is said above\n");
    return 2;
  }
  const SystemClock clock;
  crypto::SystemRandom random;
  const auto host = loaded.configuration.host;
  auto agent = Agent::open(std::move(loaded.configuration), clock, random, [&clock](const std::string& what) {
    fmt::print(stderr, "{} {}\n", to_rfc3339(std::chrono::floor<std::chrono::seconds>(clock.now())),
               one_line(what, 600));
  });
  if (!agent) {
    fmt::print(stderr, "not started: {}\n", agent.error().message);
    return 2;
  }
  (*agent)->watch();
  fmt::print("watching as {}\n", host);
  std::fflush(stdout);
  sd_notify(1, "READY=1");  // for a unit of Type=notify; nothing elsewhere
  (*agent)->run();
  return 0;
}

}  // namespace

void add_run(CLI::App& app, int& status) {
  auto* run = app.add_subcommand("run", "Watch this host and report to the server, until SIGTERM");
  auto file = std::make_shared<std::string>(default_configuration);
  run->add_option("--config", *file, "Configuration file")->capture_default_str();
  run->callback([&status, file] { status = run_agent(*file); });
}

}  // namespace countersign::agent
