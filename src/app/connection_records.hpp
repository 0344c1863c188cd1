// The facet of the store port about connections that a kernel witness reported. Ledger and View both offer it.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"

namespace countersign::app {

class ConnectionRecords {
 public:
  virtual ~ConnectionRecords() = default;
  /// Whether the kernel saw an ssh_connection_start of that host, address and port within [from, until].
  virtual Result<bool> connection_started(std::string_view host, std::string_view address, std::int64_t port,
                                          Timestamp from, Timestamp until) = 0;
};

}  // namespace countersign::app
