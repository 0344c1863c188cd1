#include <fmt/format.h>

#include <utility>

#include "main/config/reading.hpp"

namespace countersign::cli {

std::vector<std::string> read_hosts(Section& table) {
  auto hosts = table.texts("hosts", {"*"});
  if (hosts.empty())
    table.warn("hosts", fmt::format("{} may speak for no host, so all it brings is quarantined; write hosts = [\"*\"], "
                                    "or name them",
                                    table.name()));
  return hosts;
}
JsonRules read_json_rules(Section& table, std::vector<std::string> otherwise) {
  constexpr std::string_view key = "json_rules";
  return {table.texts(key, std::move(otherwise)), table.has(key) ? table.line(key) : 0};
}

void read_sources(Section& root, Config& config) {
  for (auto& [name, table] : root.named("webhook"))
    config.webhooks.push_back(read_webhook(name, table));
  for (auto& [name, table] : root.named("tail"))
    config.tails.push_back(read_tail(name, table));
  for (auto& [name, table] : root.named("syslog"))
    config.syslogs.push_back(read_syslog(name, table));
}

}  // namespace countersign::cli
