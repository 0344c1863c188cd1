// The server and the operator's tools, in one program.
#include <CLI/CLI.hpp>

#include "main/agents.hpp"
#include "main/approvals.hpp"
#include "main/audit.hpp"
#include "main/backfill.hpp"
#include "main/canary.hpp"
#include "main/check.hpp"
#include "main/expected.hpp"
#include "main/explain.hpp"
#include "main/hosts.hpp"
#include "main/ingest.hpp"
#include "main/parse.hpp"
#include "main/people.hpp"
#include "main/quarantine.hpp"
#include "main/report.hpp"
#include "main/rules.hpp"
#include "main/serve/serve.hpp"
#include "main/slack.hpp"

int main(int argc, char** argv) {
  namespace cli = countersign::cli;
  CLI::App app{"Countersign: every privileged login is countersigned by a human, and proved by two witnesses."};
  app.require_subcommand(1);
  app.set_version_flag("--version", "countersign 0.1.0");
  int status = 0;
  cli::add_serve(app, status);
  cli::add_check(app, status);
  cli::add_parse(app, status);
  cli::add_explain(app, status);
  cli::add_rules(app, status);
  cli::add_quarantine(app, status);
  cli::add_ingest(app, status);
  cli::add_backfill(app, status);
  cli::add_approvals(app, status);
  cli::add_expected(app, status);
  cli::add_events(app, status);
  cli::add_report(app, status);
  cli::add_audit(app, status);
  cli::add_agents(app, status);
  cli::add_hosts(app, status);
  cli::add_canary(app, status);
  cli::add_inbox(app, status);
  cli::add_slack(app, status);
  cli::add_people(app, status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;  // help is no error; anything else is usage
  }
  return status;
}
