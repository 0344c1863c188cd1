// Ways into this host that the kernel's witness does not watch: login daemons other than sshd, ports at which one is
// reached through inetd or a socket of systemd's, consoles. Found by name, for what the agent may still read after its
// start: it tells the honest what they forgot, and nothing of what hides. Pure but for the two that read /proc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/process.hpp"

namespace countersign::agent {

struct Way {
  std::string name;       // "dropbear", "telnet"
  std::string kind;       // daemon, port, console
  std::int64_t port = 0;  // of kind port
  auto operator<=>(const Way&) const = default;
};

/// Each once, in order.
std::vector<Way> find_ways(const std::vector<Process>& processes, const std::vector<std::int64_t>& listening);

/// The local ports of listening sockets, of the text of /proc/net/tcp or tcp6 (proc(5)).
std::vector<std::int64_t> parse_listening(std::string_view text);
/// Of the agent's own network namespace.
std::vector<std::int64_t> listening_ports();

/// As a batch bears them: [{"name":"dropbear","kind":"daemon"},{"name":"telnet","kind":"port","port":23}]
std::string to_json(const std::vector<Way>& ways);

}  // namespace countersign::agent
