// The subcommands of countersign-agent. Each add_… puts one on the program's command line; `status` becomes its exit
// status: 0 done, 1 found something, 2 usage or configuration.
#pragma once

#include <CLI/CLI.hpp>

namespace countersign::agent {

inline constexpr const char* default_configuration = "/etc/countersign/agent.toml";

void add_run(CLI::App& app, int& status);
void add_check(CLI::App& app, int& status);
void add_doctor(CLI::App& app, int& status);
/// sessions, watch, kill: what the running agent knows, over its local socket.
void add_local(CLI::App& app, int& status);

}  // namespace countersign::agent
