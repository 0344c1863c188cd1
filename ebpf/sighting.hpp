// What the kernel's witness says, and what it knows of the sessions that run. Passive data, owned strings.
#pragma once

#include <cstdint>
#include <string>

#include "core/event.hpp"

namespace countersign::ebpf {

/// One thing seen. `event.host` is left to the caller. Fields in `event.more`, by name:
///   all            process.start (clock ticks since boot, field 22 of /proc/PID/stat), session.id, host.boot_id, and
///                  process.namespace_pid where sshd runs in a pid namespace of its own. process.pid is the
///                  connection's sshd as the host numbers it: the PID of "sshd[PID]"
///   ssh_login      server.port, server.ip, user.id
///   ssh_auth_failure, ssh_connection_start   server.port, server.ip
///   ssh_command_start, ssh_command_end       command.pid, command.start, process.executable, process.command_line
///                  (arguments as a shell would read them), command.truncated = "true" where they were longer than
///                  4,096 bytes; process.exit_code or process.exit_signal at the end; user.id
///   ssh_file_transfer   file.path, file.direction (upload, download), file.protocol (sftp, scp)
///   connection_out      destination.ip, destination.port, source.port in `event.port`; command.pid
///   ssh_log_line        message: what sshd handed to syslog, without its header
struct Sighting {
  std::string id;  // "SESSIONID:ACTION:N", unique and the same whenever it is sent
  core::Event event;
  bool detail = false;  // commands, transfers, failures, log lines: no login is proved by it
};

/// Records the rings had no room for since the last question. `logins` breaks coverage, `detail` doesn't.
struct Losses {
  std::int64_t logins = 0;
  std::int64_t detail = 0;
  bool operator==(const Losses&) const = default;
};

/// A connection that has logged in and has not ended.
struct Session {
  std::string id;  // as session.id
  std::int64_t pid = 0;
  std::int64_t start = 0;          // clock ticks since boot
  std::int64_t namespace_pid = 0;  // equals pid where sshd runs in the host's namespace
  std::string user;
  std::int64_t uid = -1;
  std::string address;
  std::int64_t port = 0;
  std::int64_t server_port = 0;
  std::string method;    // method and key are empty for an adopted session
  std::string key;       // SHA256:…
  Timestamp since{};     // the login; for an adopted session, the start of its connection
  bool adopted = false;  // it ran before the witness did
};

}  // namespace countersign::ebpf
