// On each host: watches logins and reports them to Countersign.
#include <CLI/CLI.hpp>

#include "agent/commands/commands.hpp"

int main(int argc, char** argv) {
  namespace agent = countersign::agent;
  CLI::App app{"Countersign's agent: what this host itself saw of its logins."};
  app.require_subcommand(1);
  app.set_version_flag("--version", "countersign-agent 0.1.0");
  int status = 0;
  agent::add_run(app, status);
  agent::add_check(app, status);
  agent::add_doctor(app, status);
  agent::add_local(app, status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;  // help is no error; anything else is usage
  }
  return status;
}
