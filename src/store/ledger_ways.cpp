#include "store/ledger.hpp"
#include "store/way_rows.hpp"

namespace countersign::store {
namespace {

constexpr std::int64_t most_of_host = 256;

}  // namespace

Result<std::vector<app::HostWay>> SqliteLedger::ways_of(std::string_view host) {
  std::vector<app::HostWay> ways;
  Rows rows(connection_, "SELECT " COUNTERSIGN_WAY_COLUMNS " FROM host_way WHERE host = ? ORDER BY name, kind, port",
            host);
  while (rows.next())
    ways.push_back(read_way(rows));
  return rows.result(std::move(ways));
}

Result<void> SqliteLedger::put_way(const app::HostWay& way) {
  if (auto put = write(connection_,
                       "INSERT INTO host_way (host, name, kind, port, first_seen, gone_at) VALUES (?, ?, ?, ?, ?, ?) "
                       "ON CONFLICT DO UPDATE SET gone_at = excluded.gone_at",
                       way.host, way.way.name, way.way.kind, way.way.port, way.first_seen, way.gone_at);
      !put)
    return put;
  return kept(write(connection_,
                    "DELETE FROM host_way WHERE host = ?1 AND gone_at <= (SELECT gone_at FROM host_way WHERE host = ?1 "
                    "AND gone_at IS NOT NULL ORDER BY gone_at DESC LIMIT 1 OFFSET ?2)",
                    way.host, most_of_host));
}

}  // namespace countersign::store
