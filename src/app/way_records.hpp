// The facet of the store port about ways into a host that no witness watches, as its agent sees them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace countersign::app {

struct Way {
  std::string name;       // "dropbear", "telnet"
  std::string kind;       // daemon, port, console
  std::int64_t port = 0;  // of kind port
  auto operator<=>(const Way&) const = default;
};

struct HostWay {
  std::string host;
  Way way;
  Timestamp first_seen{};
  std::optional<Timestamp> gone_at;  // the agent sees it no more; none: it does
};

class WayLedger {
 public:
  virtual ~WayLedger() = default;
  virtual Result<std::vector<HostWay>> ways_of(std::string_view host) = 0;  // also those that are gone
  /// Adds it, or writes over it; of a host's that are gone the oldest make room past 256.
  virtual Result<void> put_way(const HostWay& way) = 0;
};

class WayRecords {
 public:
  virtual ~WayRecords() = default;
  /// That were there at some time from `from` until `to`, by host.
  virtual Result<std::vector<HostWay>> host_ways(Timestamp from, Timestamp to) = 0;
};

}  // namespace countersign::app
