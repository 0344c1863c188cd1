#include "store/view.hpp"
#include "store/way_rows.hpp"

namespace countersign::store {

Result<std::vector<app::HostWay>> SqliteView::host_ways(Timestamp from, Timestamp to) {
  std::vector<app::HostWay> ways;
  Rows rows(connection_,
            "SELECT " COUNTERSIGN_WAY_COLUMNS
            " FROM host_way WHERE first_seen < ? AND (gone_at IS NULL OR gone_at > ?) ORDER BY host, name, kind, port",
            to, from);
  while (rows.next())
    ways.push_back(read_way(rows));
  return rows.result(std::move(ways));
}

}  // namespace countersign::store
