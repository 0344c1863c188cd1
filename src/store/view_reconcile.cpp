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

Result<std::vector<app::AliasEvidence>> SqliteView::alias_evidence(std::size_t limit) {
  std::vector<app::AliasEvidence> pairs;
  // The columns beside max() are those of its row (sqlite.org/lang_select.html, "Bare columns").
  Rows rows(connection_,
            "SELECT host, name, count(*) AS n, sum(same_process), max(time), source, login, line FROM told_elsewhere "
            "GROUP BY name, host "
            "ORDER BY n DESC, name, host LIMIT ?",
            static_cast<std::int64_t>(limit));
  while (rows.next())
    pairs.push_back({rows.text(0),
                     rows.text(1),
                     rows.integer(2),
                     rows.integer(3),
                     {},
                     rows.time(4),
                     rows.text(5),
                     rows.id(6),
                     rows.id(7)});
  if (rows.failed()) return rows.failure();
  for (auto& pair : pairs) {
    Rows first(connection_, "SELECT min(time) FROM told_elsewhere WHERE name = ? AND host = ?", pair.name, pair.host);
    if (first.next()) pair.first = first.time(0);
    if (first.failed()) return first.failure();
  }
  return pairs;
}

}  // namespace countersign::store
