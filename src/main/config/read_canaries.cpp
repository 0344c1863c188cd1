#include <fmt/format.h>

#include <algorithm>

#include "core/host_name.hpp"
#include "main/config/reading.hpp"

namespace countersign::cli {
namespace {

/// ssh as a canary runs it: nothing of any user's configuration, one key, a host key that is known already.
std::vector<std::string> ssh_command(Section& table, const CanaryConfig& canary) {
  const auto address = table.text("address", canary.settings.host);
  const auto port = table.number("port", 1, 65535, 22);
  const auto identity = table.path("identity_file").value_or("");
  const auto known_hosts = table.path("known_hosts_file").value_or("");
  if (identity.empty())
    table.problem("", "[[canary]] needs the key it logs in with; add identity_file = \"…\", or a command of your own");
  if (address.empty() || address.starts_with('-')) table.problem("address", "'address' is no host name or address");
  std::vector<std::string> command{"ssh",  "-F",
                                   "none", "-T",
                                   "-o",   "BatchMode=yes",
                                   "-o",   "IdentitiesOnly=yes",
                                   "-o",   "IdentityAgent=none",
                                   "-o",   "PreferredAuthentications=publickey",
                                   "-o",   "StrictHostKeyChecking=yes",
                                   "-o",   "UpdateHostKeys=no",
                                   "-o",   "ControlPath=none",
                                   "-o",   "ClearAllForwardings=yes",
                                   "-o",   "ConnectTimeout=15",
                                   "-o",   "LogLevel=ERROR",
                                   "-i",   identity,
                                   "-p",   std::to_string(port),
                                   "-l",   canary.settings.user};
  if (!known_hosts.empty()) command.insert(command.end(), {"-o", "UserKnownHostsFile=" + known_hosts});
  command.insert(command.end(), {"--", address, "true"});
  return command;
}

}  // namespace

void read_canaries(Section& root, Config& config) {
  Claims hosts("the canary's host", "one canary a host is enough");
  for (auto& table : root.each("canary")) {
    CanaryConfig canary;
    auto& settings = canary.settings;
    settings.host = core::canonical_host(table.required("host"));
    hosts.claim(table, "host", settings.host, settings.host);
    settings.user = table.required("user");
    if (settings.user.starts_with('-')) table.problem("user", "'user' is no account's name");
    settings.key = table.required("key_fingerprint");
    if (!settings.key.empty() && !settings.key.starts_with("SHA256:"))
      table.problem("key_fingerprint", "'key_fingerprint' is what ssh-keygen -lf shows: \"SHA256:…\"");
    settings.every = table.duration("every", std::chrono::hours(6));
    settings.within = table.duration("within", settings.within);
    if (settings.within < std::chrono::seconds(1) || settings.within > std::chrono::hours(1))
      table.problem("within", "'within' is from 1s to 1h");
    if (settings.every > Duration::zero() && settings.every < 2 * settings.within)
      table.problem("every", "'every' is at least twice 'within', or \"0s\" for a canary that is run by command alone");
    canary.command = table.texts("command");
    if (canary.command.empty())
      canary.command = ssh_command(table, canary);
    else
      table.accept({"address", "port", "identity_file", "known_hosts_file"});
    table.finish();
    config.canaries.push_back(std::move(canary));
  }
}

}  // namespace countersign::cli
