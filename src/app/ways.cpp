#include "app/ways.hpp"

#include <algorithm>

#include "app/finding.hpp"
#include "base/text.hpp"

namespace countersign::app {
namespace {

// A host that tells of more than these is told of as one: so nobody floods the channel with names.
constexpr std::size_t most_one_by_one = 16;

/// The same on many hosts is one finding that grows, as long as nobody signed it off.
Result<void> raise(Ledger& ledger, const Policy& policy, std::string_view host, const Way& way, bool many,
                   Timestamp now) {
  Finding finding;
  finding.kind = "unwitnessed_way";
  finding.key = many ? fmt::format("of {}", host) : way.name;
  finding.event.host = host;
  finding.event.time = now;
  finding.event.process = way.name;
  if (way.port > 0) core::set_field(finding.event, "server.port", std::to_string(way.port));
  finding.reason =
      fmt::format("A way in that no kernel witnesses, seen first on {}. {}", one_line(host, 120), words_of(way));
  const auto raised = grow_finding(ledger, policy, std::move(finding), now);
  if (!raised) return std::unexpected(raised.error());
  return {};
}

}  // namespace

std::string words_of(const Way& way) {
  if (way.kind == "console") return "consoles: logins there are told of by the log alone";
  if (way.kind == "port")
    return fmt::format(
        "port {} ({}): something listens there that may let people in, and the kernel's witness does not "
        "watch it",
        way.port, one_line(way.name, 60));
  return fmt::format(
      "{}: a login daemon that the kernel's witness does not watch; its logins are told of by the log "
      "alone, if at all",
      one_line(way.name, 60));
}

Result<void> note_ways(Ledger& ledger, const Policy& policy, std::string_view host, const std::vector<Way>& ways,
                       Timestamp now) {
  auto known = ledger.ways_of(host);
  if (!known) return std::unexpected(known.error());
  for (auto& each : *known) {
    const bool there = std::ranges::find(ways, each.way) != ways.end();
    if (there == !each.gone_at) continue;
    each.gone_at = there ? std::nullopt : std::optional(now);
    if (auto kept = ledger.put_way(each); !kept) return kept;
  }
  auto count = known->size();
  for (const auto& way : ways) {
    if (std::ranges::find(*known, way, &HostWay::way) != known->end()) continue;
    if (auto kept = ledger.put_way(HostWay{std::string(host), way, now, std::nullopt}); !kept) return kept;
    if (way.kind == "console") continue;  // every machine has them
    if (auto raised = raise(ledger, policy, host, way, ++count > most_one_by_one, now); !raised) return raised;
  }
  return {};
}

}  // namespace countersign::app
