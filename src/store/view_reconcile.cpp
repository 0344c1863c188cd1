#include "store/stream_rows.hpp"
#include "store/view.hpp"

namespace countersign::store {

Result<std::vector<app::ReconcileFigures::HostStreams>> SqliteView::all_streams() {
  std::vector<HostStreams> hosts;
  Rows rows(connection_, "SELECT host, " COUNTERSIGN_STREAM_COLUMNS " FROM stream ORDER BY host, source, witness");
  while (rows.next()) {
    if (hosts.empty() || hosts.back().host != rows.text(0)) hosts.push_back({rows.text(0), {}});
    hosts.back().streams.all.push_back(read_stream(rows, 1));
  }
  return rows.result(std::move(hosts));
}

Result<std::vector<app::FirstRoot>> SqliteView::first_roots() {
  std::vector<app::FirstRoot> hosts;
  Rows rows(connection_, "SELECT host, time, event FROM first_root ORDER BY host");
  while (rows.next())
    hosts.push_back({rows.text(0), rows.time(1), rows.id(2)});
  return rows.result(std::move(hosts));
}

}  // namespace countersign::store
