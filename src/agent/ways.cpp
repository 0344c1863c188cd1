#include "agent/ways.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

namespace countersign::agent {
namespace {

struct Known {
  std::string_view process;  // its name as the kernel has it, of 15 bytes at most
  std::string_view name;
  bool console = false;
};

// What lets somebody in who has not come by sshd.
constexpr std::array known_daemons{
    Known{"dropbear", "dropbear"},
    Known{"tinysshd", "tinyssh"},
    Known{"lshd", "lshd"},
    Known{"etserver", "et"},
    Known{"in.telnetd", "telnet"},
    Known{"telnetd", "telnet"},
    Known{"utelnetd", "telnet"},
    Known{"in.rlogind", "rlogin"},
    Known{"rlogind", "rlogin"},
    Known{"in.rshd", "rsh"},
    Known{"rshd", "rsh"},
    Known{"in.rexecd", "rexec"},
    Known{"rexecd", "rexec"},
    Known{"tailscaled", "tailscale"},
    Known{"teleport", "teleport"},
    Known{"amazon-ssm-agen", "amazon-ssm"},
    Known{"cockpit-ws", "cockpit"},
    Known{"cockpit-tls", "cockpit"},
    Known{"miniserv.pl", "webmin"},
    Known{"shellinaboxd", "shellinabox"},
    Known{"ttyd", "ttyd"},
    Known{"gotty", "gotty"},
    Known{"xrdp", "rdp"},
    Known{"xrdp-sesman", "rdp"},
    Known{"gnome-remote-de", "rdp"},
    Known{"Xvnc", "vnc"},
    Known{"x11vnc", "vnc"},
    Known{"x0vncserver", "vnc"},
    Known{"vsftpd", "ftp"},
    Known{"proftpd", "ftp"},
    Known{"pure-ftpd", "ftp"},
    Known{"agetty", "console", true},
    Known{"getty", "console", true},
    Known{"login", "console", true},
    Known{"gdm3", "console", true},
    Known{"lightdm", "console", true},
    Known{"sddm", "console", true},
};

struct Service {
  std::int64_t first = 0, last = 0;
  std::string_view name;
};

// Behind these nothing else is usual. 514 is syslog's too, 9090 anybody's.
constexpr std::array services{Service{21, 21, "ftp"},      Service{23, 23, "telnet"},  Service{512, 512, "rexec"},
                              Service{513, 513, "rlogin"}, Service{3389, 3389, "rdp"}, Service{5900, 5909, "vnc"}};

}  // namespace

std::vector<Way> find_ways(const std::vector<Process>& processes, const std::vector<std::int64_t>& listening) {
  std::set<Way> found;
  std::set<std::string_view> running;
  for (const auto& process : processes) {
    const auto known = std::ranges::find(known_daemons, process.name, &Known::process);
    if (known == known_daemons.end()) continue;
    running.insert(known->name);
    found.insert({std::string(known->name), known->console ? "console" : "daemon", 0});
  }
  for (const auto port : listening)
    for (const auto& service : services)
      if (port >= service.first && port <= service.last && !running.contains(service.name))
        found.insert({std::string(service.name), "port", port});
  return {found.begin(), found.end()};
}

std::vector<std::int64_t> parse_listening(std::string_view text) {
  constexpr std::string_view listens = "0A";  // TCP_LISTEN
  std::vector<std::int64_t> ports;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string slot, local, remote, state;
    if (!(words >> slot >> local >> remote >> state) || state != listens) continue;
    const auto colon = local.rfind(':');
    std::int64_t port = 0;
    if (colon == std::string::npos) continue;
    const auto [end, error] = std::from_chars(local.data() + colon + 1, local.data() + local.size(), port, 16);
    if (error == std::errc() && end == local.data() + local.size()) ports.push_back(port);
  }
  return ports;
}

std::vector<std::int64_t> listening_ports() {
  std::vector<std::int64_t> ports;
  for (const auto* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream in(table);
    const auto found = parse_listening(std::string(std::istreambuf_iterator<char>(in), {}));
    ports.insert(ports.end(), found.begin(), found.end());
  }
  return ports;
}

std::string to_json(const std::vector<Way>& ways) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& way : ways) {
    nlohmann::ordered_json each{{"name", way.name}, {"kind", way.kind}};
    if (way.port > 0) each["port"] = way.port;
    list.push_back(std::move(each));
  }
  return list.dump();
}

}  // namespace countersign::agent
