#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "main/config/reading.hpp"
#include "main/zones.hpp"

namespace countersign::cli {
namespace {

std::string read_timezone(Section& table) {
  auto name = table.text("timezone", "UTC");
  if (const auto zone = find_zone(name); !zone) table.problem("timezone", zone.error().message);
  return name;
}

/// By their numbers (RFC 5424, 6.2.1; syslog.h).
constexpr std::array<std::string_view, 24> facility_names{"kern",   "user",   "mail",   "daemon", "auth",     "syslog",
                                                          "lpr",    "news",   "uucp",   "cron",   "authpriv", "ftp",
                                                          "ntp",    "audit",  "alert",  "clock",  "local0",   "local1",
                                                          "local2", "local3", "local4", "local5", "local6",   "local7"};

/// Which of the journal's messages; of a file all are read.
void read_matches(Section& table, TailConfig& tail, bool journal) {
  for (const auto& name : table.texts("facilities", {"auth", "authpriv"})) {
    const auto known = std::ranges::find(facility_names, name);
    if (known == facility_names.end())
      table.problem("facilities",
                    fmt::format("'{}' is no facility; known are {}", name, fmt::join(facility_names, ", ")));
    else
      tail.facilities.push_back(static_cast<int>(known - facility_names.begin()));
  }
  if (table.has("identifiers")) tail.identifiers = table.texts("identifiers");
  for (const auto* key : {"facilities", "identifiers"})
    if (!journal && table.has(key))
      table.problem(key, fmt::format("{} are a journal's; of a file every line is read", key));
  if (journal && tail.facilities.empty() && tail.identifiers && tail.identifiers->empty())
    table.problem("facilities", fmt::format("{} would read nothing; name facilities or identifiers", table.name()));
}

}  // namespace

TailConfig read_tail(const std::string& name, Section& table) {
  TailConfig tail;
  tail.name = name;
  tail.path = table.path("path").value_or("");
  tail.from = table.text("from", "end");
  tail.timezone = read_timezone(table);
  tail.directory = table.path("directory").value_or("");
  tail.json_rules = read_json_rules(table, {});
  const bool journal = table.flag("journal", false);
  read_matches(table, tail, journal);
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

}  // namespace countersign::cli
