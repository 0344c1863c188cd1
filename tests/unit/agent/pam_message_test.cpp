#include "agent/witness/pam_message.hpp"

#include <doctest/doctest.h>

#include "agent/sighting_json.hpp"

using namespace countersign;
using namespace countersign::agent;

TEST_CASE("what PAM says becomes a sighting, or nothing") {
  const auto at = *parse_rfc3339("2026-11-20T12:00:00Z");
  struct Row {
    const char *message, *json;
  };
  const Row rows[] = {
      {"PID=4243\nPAM_TYPE=open_session\nPAM_SERVICE=sshd\nPAM_USER=oswaldo\nPAM_RHOST=bad.example\nPAM_TTY=ssh\n"
       "SSH_CONNECTION=::ffff:203.0.113.7 51234 192.0.2.1 22\n",
       R"({"id":"x","@timestamp":"2026-11-20T12:00:00Z","event.action":"ssh_login","event.outcome":"success",)"
       R"("process.name":"sshd","process.pid":4243,"user.name":"oswaldo","source.ip":"203.0.113.7",)"
       R"("source.port":51234,"process.tty":"ssh"})"},
      {"PID=7\nPAM_TYPE=open_session\nPAM_SERVICE=sudo\nPAM_USER=root\nPAM_RUSER=oswaldo\n",
       R"({"id":"x","@timestamp":"2026-11-20T12:00:00Z","event.action":"sudo","event.outcome":"success",)"
       R"("process.name":"sudo","process.pid":7,"user.name":"root","user.requesting.name":"oswaldo"})"},
      {"PAM_TYPE=close_session\nPAM_SERVICE=sshd\nPAM_USER=oswaldo\n",
       R"({"id":"x","@timestamp":"2026-11-20T12:00:00Z","event.action":"ssh_session_end",)"
       R"("event.outcome":"success","process.name":"sshd","user.name":"oswaldo"})"},
      {"PAM_TYPE=auth\nPAM_SERVICE=sshd\n", ""},
      {"PAM_TYPE=open_session\n", ""},
      {"", ""},
      {"\x00\xff\n=\n===", ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.message);
    const auto event = read_pam_message(row.message, at);
    CHECK((event ? sighting_json(*event, "x") : "") == row.json);
  }
  const auto su = read_pam_message("PAM_TYPE=open_session\nPAM_SERVICE=su-l\nSSH_CONNECTION=junk", at);
  REQUIRE(su);
  CHECK(su->action == "su");
  CHECK_FALSE(su->port);
}
