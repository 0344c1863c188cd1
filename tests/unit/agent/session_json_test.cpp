#include "agent/session_json.hpp"

#include <doctest/doctest.h>

using namespace countersign;
using namespace countersign::agent;

TEST_CASE("a session is read as it was written") {
  ebpf::Session full;
  full.id = "0123456789abcdef";
  full.pid = 4243;
  full.start = 998877;
  full.namespace_pid = 17;
  full.user = "oswaldo";
  full.uid = 1001;
  full.address = "203.0.113.7";
  full.port = 51234;
  full.server_port = 22;
  full.method = "publickey";
  full.key = "SHA256:x";
  full.since = *parse_rfc3339("2026-11-20T12:00:00Z");
  full.adopted = true;
  ebpf::Session bare;
  bare.id = "a";
  bare.pid = bare.namespace_pid = 2;
  for (const auto& session : {full, bare}) {
    const auto text = session_json(session);
    const auto back = read_session(text);
    REQUIRE(back);
    CHECK(session_json(*back) == text);
  }
  CHECK(session_json(bare) == R"({"session.id":"a","process.pid":2,"process.start":0})");
  for (const auto* bad : {"", "{}", "[]", R"({"session.id":"a","process.pid":2,"process.start":0,"user.id":"x"})"})
    CHECK_FALSE(read_session(bad));
}
