// The kernel's witness by itself, for tests: prints "watching", then a JSON object a line for each sighting, and
// {"lost":{…}} whenever records were lost; SIGTERM ends it, SIGUSR1 stalls it (nothing is read) until SIGUSR2.
// usage: kernel_watch [--commands] [--no-auth-detail] [--login-ring BYTES] [--detail-ring BYTES] [--sessions]
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>

#include "base/time.hpp"
#include "ebpf/kernel_witness.hpp"

namespace {

using countersign::ebpf::KernelSettings;
using countersign::ebpf::KernelWitness;
using countersign::ebpf::Sighting;
using nlohmann::json;

void say(const json& line) {
  const auto text = line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void say(const Sighting& sighting) {
  json line{{"id", sighting.id}, {"detail", sighting.detail}};
  line["@timestamp"] = countersign::to_rfc3339(sighting.event.time);
  countersign::core::for_each_field(sighting.event, [&](std::string_view name, std::string_view text, bool is_number) {
    line[std::string(name)] = is_number ? json(std::stoll(std::string(text))) : json(text);
  });
  say(line);
}

void say_sessions(const KernelWitness& witness) {
  json list = json::array();
  for (const auto& session : witness.sessions())
    list.push_back({{"id", session.id},
                    {"pid", session.pid},
                    {"start", session.start},
                    {"user", session.user},
                    {"uid", session.uid},
                    {"address", session.address},
                    {"port", session.port},
                    {"adopted", session.adopted}});
  say(json{{"sessions", list}});
}

}  // namespace

int main(int count, char** arguments) {
  KernelSettings settings;
  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    if (argument == "--commands") settings.commands = true;
    if (argument == "--no-auth-detail") settings.auth_detail = false;
    if (argument == "--login-ring" && i + 1 < count) settings.login_ring = std::strtoul(arguments[++i], nullptr, 10);
    if (argument == "--detail-ring" && i + 1 < count) settings.detail_ring = std::strtoul(arguments[++i], nullptr, 10);
  }
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGHUP})
    sigaddset(&signals, signal);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  const int signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);

  const countersign::SystemClock clock;
  auto opened = KernelWitness::open(settings, clock);
  if (!opened) {
    std::fprintf(stderr, "%s\n", opened.error().message.c_str());
    return 1;
  }
  auto& witness = **opened;
  std::printf("watching\n");
  std::fflush(stdout);
  bool stalled = false;
  for (;;) {
    pollfd fds[] = {{signal_fd, POLLIN, 0}, {witness.fd(), POLLIN, 0}};
    if (poll(fds, stalled ? 1 : 2, 500) < 0) continue;
    signalfd_siginfo signal{};
    if ((fds[0].revents & POLLIN) != 0 && read(signal_fd, &signal, sizeof signal) == sizeof signal) {
      if (signal.ssi_signo == SIGUSR1) stalled = true;
      if (signal.ssi_signo == SIGUSR2) stalled = false;
      if (stalled) say(json{{"stalled", true}});
    }
    if (!stalled) {
      witness.drain([](const Sighting& sighting) { say(sighting); });
      if (const auto losses = witness.take_losses(); losses.logins != 0 || losses.detail != 0)
        say(json{{"lost", {{"logins", losses.logins}, {"detail", losses.detail}}}});
    }
    if (signal.ssi_signo == SIGHUP) say_sessions(witness);
    std::fflush(stdout);
    if (signal.ssi_signo == SIGTERM || signal.ssi_signo == SIGINT) return 0;
  }
}
