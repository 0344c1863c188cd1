#include "agent/ways.hpp"

#include <doctest/doctest.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

using namespace countersign::agent;

namespace {

std::string found(const std::vector<const char*>& names, const std::vector<std::int64_t>& listening) {
  std::vector<Process> processes;
  for (const auto* name : names)
    processes.push_back({10, 1, 5, name});
  std::vector<std::string> words;
  for (const auto& way : find_ways(processes, listening))
    words.push_back(way.port > 0 ? fmt::format("{} {} {}", way.name, way.kind, way.port)
                                 : fmt::format("{} {}", way.name, way.kind));
  return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace

TEST_CASE("ways in, by the names of processes and by ports") {
  const struct {
    std::vector<const char*> processes;
    std::vector<std::int64_t> listening;
    const char* ways;
  } cases[] = {
      {{"sshd", "sshd-session", "systemd", "nginx"}, {22, 80, 443, 514, 9090}, ""},
      {{"dropbear"}, {22, 2222}, "dropbear daemon"},
      {{"dropbear", "dropbear"}, {}, "dropbear daemon"},
      {{"agetty", "agetty", "login"}, {}, "console console"},
      {{"systemd"}, {23}, "telnet port 23"},           // through inetd or a socket of systemd's
      {{"in.telnetd"}, {23}, "telnet daemon"},         // told once
      {{"amazon-ssm-agen"}, {}, "amazon-ssm daemon"},  // the kernel keeps 15 bytes of a name
      {{"gnome-remote-de"}, {3389}, "rdp daemon"},
      {{"Xvnc"}, {5901}, "vnc daemon"},
      {{}, {5900, 5909, 5910}, "vnc port 5900, vnc port 5909"},
      {{"my dropbear)"}, {}, ""},  // only the whole name
  };
  for (const auto& one : cases)
    CHECK(found(one.processes, one.listening) == one.ways);
}

TEST_CASE("listening sockets of /proc/net/tcp, and what is none") {
  const auto* text =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
      "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 100 1 0\n"
      "   1: 00000000000000000000000000000000:0017 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 1 1 0\n"
      "   2: 0100007F:0016 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 101 1 0\n"
      "   3: 0100007F:ZZZZ 00000000:0000 0A\n"
      "   4: nonsense\n";
  CHECK(parse_listening(text) == std::vector<std::int64_t>{8080, 23});
  CHECK(parse_listening("").empty());
}

TEST_CASE("as a batch bears them") {
  CHECK(to_json({{"dropbear", "daemon", 0}, {"telnet", "port", 23}}) ==
        R"([{"name":"dropbear","kind":"daemon"},{"name":"telnet","kind":"port","port":23}])");
  CHECK(to_json({}) == "[]");
}
