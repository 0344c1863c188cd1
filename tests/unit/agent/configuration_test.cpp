#include "agent/configuration.hpp"

#include <doctest/doctest.h>

#include "unit/agent/folder.hpp"

using namespace countersign;
using namespace countersign::agent;

namespace {

std::string faults(const std::string& text) {
  const Folder folder;
  spill(folder.at("token"), "secret\n");
  spill(folder.at("agent.toml"), text);
  std::string said;
  for (auto problem : load_configuration(folder.at("agent.toml")).problems) {
    problem.file = "f";
    said += to_text(problem) + "\n";
  }
  return said;
}

const std::string head = "[agent]\nhost = \"bastion\"\nserver = \"https://c.example.com/\"\n";

}  // namespace

TEST_CASE("the file as contract.md shows it is good, and its defaults hold") {
  const Folder folder;
  spill(folder.at("token"), "secret\n");
  spill(folder.at("agent.toml"),
        head +
            "token_file = \"token\"\nspool = \"spool\"\nheartbeat = \"10s\"\n[witness]\n"
            "kernel = true\nauth_detail = true\ncommands = false\nlog = \"/var/log/auth.log\"\n");
  const auto loaded = load_configuration(folder.at("agent.toml"));
  CHECK(loaded.problems.empty());
  CHECK(loaded.configuration.server == "https://c.example.com");
  CHECK(loaded.configuration.spool == folder.at("spool"));
  CHECK(loaded.configuration.token.reveal() == "secret");
  CHECK(loaded.configuration.log == "/var/log/auth.log");
  CHECK_FALSE(loaded.configuration.contain);
  CHECK(loaded.configuration.pam);
}

TEST_CASE("each fault is said with its line and its mend") {
  struct Row {
    std::string text, fault;
  };
  const Row rows[] = {
      {"", "f:1: there is no [agent]"},
      {head, "f:1: [agent] has no way to be believed"},
      {"[agent]\nserver = \"https://x\"\ntoken_file = \"token\"\n", "f:1: [agent] needs 'host'"},
      {"[agent]\nhost = \"b\"\nserver = \"http://c.example.com\"\ntoken_file = \"token\"\n",
       "f:3: http:// would show the token"},
      {"[agent]\nhost = \"b\"\nserver = \"c.example.com\"\ntoken_file = \"token\"\n", "f:3: 'server' is no address"},
      {head + "token_file = \"nowhere\"\n", "f:4: can't read the secret"},
      {head + "token_file = \"token\"\njoin_token_file = \"join\"\n", "f:5: an agent joins or has a fixed token"},
      {head + "token_file = \"token\"\ncontain = true\n", "f:5: without server_key"},
      {head + "token_file = \"token\"\nserver_key = \"abc\"\n", "f:5: 'server_key' is no Ed25519 key"},
      {head + "token_file = \"token\"\nheartbeat = \"5m\"\n", "f:5: 'heartbeat' must be from"},
      {head + "token_file = \"token\"\nspol = \"x\"\n", "f:5: unknown key 'spol' in [agent]; did you mean 'spool'?"},
      {head + "token_file = \"token\"\n[witness]\njournal = true\nlog = \"/x\"\n", "f:7: [witness] has both"},
      {head + "token_file = \"token\"\n[witness]\nkernel = false\npam = false\n", "f:6: nothing would be witnessed"},
      {head + "token_file = \"token\"\n[[redact]]\npattern = \"(\"\n", "f:6: the pattern can't be read"},
      {head + "token_file = \"token\"\n[[redact]]\npattern = \"x\"\nreplacement = \"\\\\3\"\n",
       "f:7: the replacement can't be made"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto said = faults(row.text);
    CHECK_MESSAGE(said.find(row.fault) != std::string::npos, said);
  }
}
