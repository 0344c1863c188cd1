#include "agent/configuration.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include "agent/redaction.hpp"
#include "base/encoding.hpp"
#include "settings/section.hpp"

namespace countersign::agent {
namespace {

using settings::Section;

bool is_loopback(std::string_view url) {
  return url.starts_with("http://127.") || url.starts_with("http://localhost") || url.starts_with("http://[::1]");
}

void read_server(Section& table, Configuration& to) {
  to.server = table.required("server");
  while (to.server.ends_with('/'))
    to.server.pop_back();
  if (to.server.starts_with("http://") && !is_loopback(to.server))
    table.problem("server", "http:// would show the token and the logins to the network; write https://");
  else if (!to.server.empty() && !to.server.starts_with("https://") && !to.server.starts_with("http://"))
    table.problem("server", "'server' is no address; write \"https://countersign.example.com\"");
  to.ca_file = table.path("ca_file").value_or("");
}

void read_proof(Section& table, Configuration& to) {
  to.token = table.secret("token");
  to.join_token_file = table.path("join_token_file").value_or("");
  const bool fixed = table.has("token_file") || table.has("token_env") || table.has("token");
  if (fixed && !to.join_token_file.empty())
    table.problem("join_token_file", "an agent joins or has a fixed token; keep one of join_token_file and token_file");
  if (!fixed && to.join_token_file.empty())
    table.problem("", "[agent] has no way to be believed; add join_token_file = \"…\", or token_file = \"…\"");
  if (const auto key = table.text("server_key")) {
    to.server_key = from_base64(*key).value_or("");
    if (to.server_key.size() != 32)
      table.problem("server_key", "'server_key' is no Ed25519 key; write what `countersign agents key` prints");
  }
  to.contain = table.flag("contain", false);
  if (to.contain && fixed && !table.has("server_key"))
    table.problem("contain",
                  "without server_key no request to contain can be believed; add what `countersign agents "
                  "key` prints, or contain = false");
}

void read_agent(Section& table, Configuration& to) {
  to.host = table.required("host");
  read_server(table, to);
  read_proof(table, to);
  to.spool = table.path("spool").value_or(to.spool);
  to.spool_bytes = static_cast<std::size_t>(table.number("spool_megabytes", 1, 4096, 64)) * 1024 * 1024;
  to.heartbeat = table.duration("heartbeat", to.heartbeat);
  if (to.heartbeat < std::chrono::milliseconds(100) || to.heartbeat > std::chrono::minutes(1))
    table.problem("heartbeat", "'heartbeat' must be from 100ms to 60s; the server expects one every 10s");
  to.run_directory = table.path("run_directory").value_or(to.run_directory);
  to.group = table.text("group", "");
  to.boot_id_file = table.path("boot_id_file").value_or(to.boot_id_file);
  to.machine_id_file = table.path("machine_id_file").value_or(to.machine_id_file);
  table.finish();
}

void read_witness(Section& table, Configuration& to) {
  to.kernel = table.flag("kernel", to.kernel);
  to.auth_detail = table.flag("auth_detail", to.auth_detail);
  to.commands = table.flag("commands", to.commands);
  to.pam = table.flag("pam", to.pam);
  to.log = table.path("log").value_or("");
  to.journal = table.flag("journal", false);
  if (to.journal && !to.log.empty()) table.problem("log", "[witness] has both; keep log or journal");
  const auto from = table.text("log_from", "end");
  to.log_from_start = from == "start";
  if (from != "start" && from != "end")
    table.problem("log_from", "'log_from' is where to begin the first time; write \"end\" or \"start\"");
  to.command_bytes = static_cast<std::size_t>(table.number("command_bytes", 16, 4096, 4096));
  to.daemons = table.texts("daemons", to.daemons);
  if (!to.kernel && !to.pam && !to.journal && to.log.empty())
    table.problem("kernel", "nothing would be witnessed; switch on one of kernel, pam, log, journal");
  table.finish();
}

void read_redactions(Section& root, Configuration& to) {
  to.redactions = built_in_redactions();
  for (auto& table : root.each("redact")) {
    Redaction redaction{table.required("pattern"), table.text("replacement", "[redacted]")};
    const re2::RE2 expression(redaction.pattern, re2::RE2::Quiet);
    std::string error;
    if (!expression.ok())
      table.problem("pattern", fmt::format("the pattern can't be read: {}", expression.error()));
    else if (!expression.CheckRewriteString(redaction.replacement, &error))
      table.problem("replacement", fmt::format("the replacement can't be made: {}", error));
    else
      to.redactions.push_back(std::move(redaction));
    table.finish();
  }
}

}  // namespace

Loaded load_configuration(const std::string& file) {
  Loaded loaded;
  settings::Document document(file, loaded.problems);
  auto root = document.root();
  if (!root) return loaded;
  if (auto table = root->section("agent"))
    read_agent(*table, loaded.configuration);
  else
    root->problem("", "there is no [agent]; add it with host, server and token_file or join_token_file");
  if (auto table = root->section("witness")) read_witness(*table, loaded.configuration);
  read_redactions(*root, loaded.configuration);
  root->finish();
  return loaded;
}

}  // namespace countersign::agent
