#include <fmt/format.h>

#include <utility>

#include "main/config/reading.hpp"
#include "main/zones.hpp"

namespace countersign::cli {
namespace {

std::string read_timezone(Section& table) {
  auto name = table.text("timezone", "UTC");
  if (const auto zone = find_zone(name); !zone) table.problem("timezone", zone.error().message);
  return name;
}

TailConfig read_tail(const std::string& name, Section& table) {
  TailConfig tail;
  tail.name = name;
  tail.path = table.path("path").value_or("");
  tail.from = table.text("from", "end");
  tail.timezone = read_timezone(table);
  tail.directory = table.path("directory").value_or("");
  tail.json_rules = read_json_rules(table, {});
  const bool journal = table.flag("journal", false);
  if (!journal && !tail.directory.empty())
    table.problem("directory", "directory is a journal's; add journal = true, or write path = \"/var/log/…\"");
  if (journal && !tail.path.empty())
    table.problem("path", fmt::format("{} has both; keep path or journal", table.name()));
  if (!journal && tail.path.empty())
    table.problem("path", fmt::format("{} needs path = \"/var/log/…\" or journal = true", table.name()));
  if (tail.from != "end" && tail.from != "start")
    table.problem("from", fmt::format("'{}' is no place to start; write \"end\" or \"start\"", tail.from));
  table.finish();
  return tail;
}

}  // namespace

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
