#include <fmt/format.h>

#include <algorithm>

#include "core/host_name.hpp"
#include "main/config/reading.hpp"

namespace countersign::cli {
namespace {

/// The host's entry, made where no [[host]] names it: an agent alone makes a host known.
core::Host& host_entry(std::vector<core::Host>& hosts, const std::string& name) {
  const auto is_it = [&](const core::Host& host) {
    return host.name == name || std::ranges::find(host.aliases, name, core::canonical_host) != host.aliases.end();
  };
  const auto found = std::ranges::find_if(hosts, is_it);
  if (found != hosts.end()) return *found;
  hosts.push_back({});
  hosts.back().name = name;
  return hosts.back();
}

}  // namespace

void read_agents(Section& root, Config& config) {
  if (auto agents = root.section("agents")) {
    config.join_tokens = agents->secrets("join_token");
    if (config.join_tokens.empty() && !agents->has("join_token_file") && !agents->has("join_token_env"))
      agents->problem("", "[agents] needs the token agents join with; add join_token_file = \"…\"");
    agents->finish();
    config.directory.agents_join = !config.join_tokens.empty();
  }
  Claims tokens("the token of", "one [[agent]] a host; token_file may be a list, for rotation");
  for (auto& table : root.each("agent")) {
    const auto name = core::canonical_host(table.required("host"));
    auto secrets = table.secrets("token");
    if (secrets.empty() && !table.has("token_file") && !table.has("token_env") && !table.has("token"))
      table.problem("", "[[agent]] needs a secret of its own; add token_file = \"…\"");
    table.finish();
    if (name.empty()) continue;
    auto& host = host_entry(config.directory.hosts, name);
    host.agent = true;
    tokens.claim(table, "host", host.name, host.name);
    for (const auto& other : config.agents)
      for (const auto& secret : secrets)
        if (std::ranges::any_of(other.tokens, [&](const Secret& token) { return token.equals(secret.reveal()); }))
          table.problem("token_file", fmt::format("this is the token of {} as well, and a token proves one host; give "
                                                  "each its own",
                                                  other.host));
    if (!secrets.empty()) config.agents.push_back({host.name, std::move(secrets)});
  }
}

}  // namespace countersign::cli
