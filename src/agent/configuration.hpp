// The agent's own file: [agent], [witness], [[redact]]. Passive data; every fault comes with file, line and mend.
#pragma once

#include <string>
#include <vector>

#include "base/secret.hpp"
#include "base/time.hpp"
#include "settings/problem.hpp"

namespace countersign::agent {

/// A piece of a command line that must not leave the host.
struct Redaction {
  std::string pattern;      // RE2
  std::string replacement;  // \0 to \9 are the pattern's groups
};

struct Configuration {
  std::string host;
  std::string server;  // "https://countersign.example.com", no slash at its end
  std::string ca_file;
  Secret token;                 // fixed; empty: the agent joins
  std::string join_token_file;  // read when there is something to join
  std::string server_key;       // 32 bytes; a joined agent's comes with its joining
  bool contain = false;         // may the server ask for the end of a session here
  std::string spool = "/var/lib/countersign-agent";
  std::size_t spool_bytes = 64 * 1024 * 1024;
  Duration heartbeat = std::chrono::seconds(10);
  std::string run_directory = "/run/countersign-agent";  // of the local sockets
  std::string group;                                     // may ask at the local socket, beside root
  std::string boot_id_file = "/proc/sys/kernel/random/boot_id";
  std::string machine_id_file = "/etc/machine-id";

  bool kernel = true;
  bool auth_detail = true;
  bool commands = false;
  bool pam = true;
  std::string log;       // a file; empty: none
  bool journal = false;  // the journal instead
  bool log_from_start = false;
  std::size_t command_bytes = 4096;  // of a command line; more is cut
  std::vector<std::string> daemons = {"/usr/sbin/sshd"};
  std::vector<Redaction> redactions;  // the built-in ones first
};

struct Loaded {
  Configuration configuration;
  settings::Problems problems;
};

/// Whether the file is usable: has_errors(problems).
Loaded load_configuration(const std::string& file);

}  // namespace countersign::agent
