#include "core/login.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "core/query.hpp"
#include "source_tree.hpp"

namespace countersign::core {

TEST_CASE("a way in is a login, a change, a command or a report is none") {
  struct Row {
    const char* action;
    bool login;
  };
  constexpr Row rows[] = {{"ssh_login", true},          {"console_login", true},    {"teleport_login", true},
                          {"vpn_login", true},          {"signin", true},           {"aws_assume_role", false},
                          {"aws_session", true},        {"signin_report", false},   {"session_start", false},
                          {"ssh_auth_failure", false},  {"sudo_command", false},    {"su", false},
                          {"aws_policy_change", false}, {"kubernetes_exec", false}, {"aws_root_use", false},
                          {"terminal_opened", false},   {"signin ", false},         {"", false}};
  const auto query = parse_query(login_query());
  REQUIRE(query);
  for (const auto& row : rows) {
    CAPTURE(row.action);
    CHECK(is_login(row.action) == row.login);
    Event event;
    event.action = row.action;
    CHECK(matches(*query, event) == row.login);
  }
  CHECK(is_login("ssh_login", first_login_kinds));
  CHECK_FALSE(is_login("signin", first_login_kinds));
}

TEST_CASE("the auditor's verify.py knows the same kinds of logins") {
  std::ifstream in(COUNTERSIGN_SOURCE "/src/audit/verify.py");
  const std::string program(std::istreambuf_iterator<char>(in), {});
  CHECK(program.find("LOGIN_KINDS = \"" + std::string(login_kinds) + "\"") != std::string::npos);
}

}  // namespace countersign::core
