#include "agent/contain.hpp"

#include <doctest/doctest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "agent/process.hpp"
#include "crypto/random.hpp"
#include "crypto/signature.hpp"

using namespace countersign;
using namespace countersign::agent;

namespace {

const auto now = *parse_rfc3339("2026-11-20T12:00:00Z");

nlohmann::json request() {
  return {{"id", "r1"},
          {"action", "end_session"},
          {"agent_id", "a1"},
          {"host", "bastion"},
          {"boot_id", "boot-1"},
          {"pid", 4243},
          {"start", 777},
          {"user", "oswaldo"},
          {"issued_at", "2026-11-20T11:59:00Z"},
          {"expires_at", "2026-11-20T12:04:00Z"}};
}

}  // namespace

TEST_CASE("a request is believed for this agent, boot and moment alone, with the server's signature") {
  crypto::SystemRandom random;
  const auto key = crypto::SigningKey::generate(random), other = crypto::SigningKey::generate(random);
  const Addressee me{key.public_bytes(), "a1", "bastion", "boot-1"};
  const auto good = request().dump();
  const auto reading = read_request(good, key.sign(good), me, now);
  REQUIRE(reading.request);
  CHECK(reading.id == "r1");
  CHECK(reading.request->pid == 4243);
  CHECK(reading.request->start == 777);
  CHECK(reading.request->user == "oswaldo");

  CHECK(read_request(good, other.sign(good), me, now).request.error().fault == Fault::unauthorized);
  CHECK(read_request(good, "", me, now).request.error().fault == Fault::unauthorized);
  CHECK(read_request(good, key.sign(good), {"", "a1", "bastion", "boot-1"}, now).request.error().fault ==
        Fault::unauthorized);
  CHECK(read_request("{}", key.sign("{}"), me, now).request.error().fault == Fault::unauthorized);

  struct Row {
    const char* field;
    nlohmann::json value;
    Fault fault;
  };
  const Row rows[] = {{"action", "reboot", Fault::invalid},
                      {"agent_id", "a2", Fault::forbidden},
                      {"host", "web1", Fault::forbidden},
                      {"boot_id", "boot-0", Fault::not_found},
                      {"expires_at", "2026-11-20T12:00:00Z", Fault::not_found},
                      {"expires_at", "soon", Fault::invalid},
                      {"issued_at", "2026-11-20T13:00:00Z", Fault::invalid},
                      {"pid", "4243", Fault::invalid},
                      {"start", nullptr, Fault::invalid}};
  for (const auto& row : rows) {
    CAPTURE(row.field);
    auto bent = request();
    bent[row.field] = row.value;
    const auto text = bent.dump();
    const auto refused = read_request(text, key.sign(text), me, now);
    REQUIRE_FALSE(refused.request);
    CHECK(refused.request.error().fault == row.fault);
    CHECK(refused.id == "r1");
  }
}

TEST_CASE("a process is read as proc(5) writes it, whatever it calls itself") {
  const auto process =
      parse_stat("4243 (sshd: a) b (c) S 17 4243 4243 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 998877 5 6");
  REQUIRE(process);
  CHECK(process->pid == 4243);
  CHECK(process->parent == 17);
  CHECK(process->start == 998877);
  CHECK(process->name == "sshd: a) b (c");
  for (const auto* bad : {"", "1", "1 (x", "1 (x) S", "x (x) S 1 2 3"})
    CHECK_FALSE(parse_stat(bad));
}

TEST_CASE("descendants are found whatever their order, once each") {
  const std::vector<Process> all{{5, 4, 0, ""}, {4, 3, 0, ""}, {3, 1, 0, ""}, {9, 1, 0, ""}, {1, 1, 0, ""}};
  const auto found = descendants(3, all);
  REQUIRE(found.size() == 2);
  CHECK(found[0].pid == 4);
  CHECK(found[1].pid == 5);
  CHECK(descendants(5, all).empty());
}

TEST_CASE("ending a session ends all of it, and never another process of that pid") {
  // A "daemon" with a child that ignores every polite signal.
  REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);  // or nobody might reap the child
  const pid_t daemon = ::fork();
  REQUIRE(daemon >= 0);
  if (daemon == 0) {
    std::signal(SIGTERM, SIG_DFL);  // the test program has handlers of its own
    if (::fork() == 0) {
      std::signal(SIGTERM, SIG_IGN);
      std::signal(SIGHUP, SIG_IGN);
    }
    while (true)
      ::pause();
  }
  std::vector<Process> below;
  for (int i = 0; i < 1000 && below.empty(); ++i) {
    below = descendants(daemon, all_processes());
    ::usleep(1000);
  }
  REQUIRE(below.size() == 1);
  const auto process = read_process(daemon);
  REQUIRE(process);
  CHECK_FALSE(runs_under_sshd(*process));
  CHECK(end_session(daemon, process->start + 1).error().fault == Fault::not_found);
  CHECK(::kill(daemon, 0) == 0);
  const auto ended = end_session(daemon, process->start);
  CHECK(ended);
  CHECK(::waitpid(daemon, nullptr, 0) == daemon);
  CHECK(::waitpid(static_cast<pid_t>(below[0].pid), nullptr, 0) == below[0].pid);
  CHECK(end_session(daemon, process->start).error().fault == Fault::not_found);
}
