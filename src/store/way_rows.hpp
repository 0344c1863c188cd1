// Ways into hosts, as they come back from the database.
#pragma once

#include "app/way_records.hpp"
#include "store/rows.hpp"

/// The columns read_way() reads.
#define COUNTERSIGN_WAY_COLUMNS "host, name, kind, port, first_seen, gone_at"

namespace countersign::store {

inline app::HostWay read_way(const Rows& rows) {
  return {rows.text(0), {rows.text(1), rows.text(2), rows.integer(3)}, rows.time(4), rows.maybe_time(5)};
}

}  // namespace countersign::store
