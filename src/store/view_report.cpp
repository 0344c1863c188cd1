#include <algorithm>

#include "store/codes.hpp"
#include "store/view.hpp"

/// Nearest-rank percentiles of a table whose rows have a `delay`, its rank `r` and the number `n` of all in its group.
#define COUNTERSIGN_PERCENTILES                                \
  "n, max(CASE WHEN r = (n * 50 + 99) / 100 THEN delay END), " \
  "max(CASE WHEN r = (n * 95 + 99) / 100 THEN delay END), max(delay)"

namespace countersign::store {
namespace {

app::Spread read_spread(const Rows& rows, int column) {
  return {rows.integer(column), Duration(rows.integer(column + 1)), Duration(rows.integer(column + 2)),
          Duration(rows.integer(column + 3))};
}

Result<void> count_states(Connection& connection, Timestamp from, Timestamp to, app::ReportApprovals& figures) {
  Rows rows(connection,
            "SELECT count(*), sum(state = 0), sum(state = 1), sum(state = 2), sum(state = 3), "
            "min(CASE WHEN state = 0 THEN created_at END) FROM approval WHERE created_at >= ? AND created_at < ? "
            "AND kind <> 'finding'",
            from, to);
  if (!rows.next()) return rows.failure();
  figures.total = rows.integer(0);
  figures.pending = rows.integer(1);
  figures.approved = rows.integer(2);
  figures.denied = rows.integer(3);
  figures.expected = rows.integer(4);
  figures.oldest_pending = rows.maybe_time(5);
  return {};
}

Result<void> time_decisions(Connection& connection, Timestamp from, Timestamp to, app::ReportApprovals& figures) {
  Rows rows(connection,
            "SELECT " COUNTERSIGN_PERCENTILES
            " FROM (SELECT delay, row_number() OVER (ORDER BY delay) AS r, count(*) OVER () AS n "
            "FROM (SELECT min(d.at) - a.created_at AS delay FROM approval a JOIN decision d ON d.approval = a.id "
            "WHERE a.created_at >= ? AND a.created_at < ? AND a.kind <> 'finding' AND d.settles <> 0 GROUP BY a.id)) "
            "GROUP BY n",
            from, to);
  if (rows.next()) figures.decided = read_spread(rows, 0);
  if (rows.failed()) return rows.failure();
  return {};
}

Result<void> count_deciders(Connection& connection, Timestamp from, Timestamp to, app::ReportApprovals& figures) {
  static_assert(code(core::Act::approve) == 0 && code(core::Act::deny) == 1);
  Rows rows(connection,
            "SELECT d.decided_by, sum(d.act = 0 AND a.kind <> 'finding'), sum(d.act = 1 AND a.kind <> 'finding'), "
            "sum(d.act > 1 AND a.kind <> 'finding'), sum(a.kind = 'finding') FROM approval a "
            "JOIN decision d ON d.approval = a.id WHERE a.created_at >= ? AND a.created_at < ? "
            "GROUP BY d.decided_by ORDER BY count(*) DESC, d.decided_by",
            from, to);
  while (rows.next())
    figures.by.push_back({rows.text(0), rows.integer(1), rows.integer(2), rows.integer(3), rows.integer(4)});
  if (rows.failed()) return rows.failure();
  return {};
}

}  // namespace

Result<std::vector<app::VerdictRow>> SqliteView::verdict_figures(Timestamp from, Timestamp to) {
  std::vector<app::VerdictRow> figures;
  Rows rows(connection_,
            "SELECT e.host, e.time / 86400000000 AS day, e.verdict, e.independent, coalesce(e.time > r.time, 0) AS "
            "after, sum(e.count) FROM event e LEFT JOIN first_root r ON r.host = e.host "
            "WHERE e.time >= ? AND e.time < ? AND is_login(e.action) AND e.outcome <> 'failure' "
            "GROUP BY e.host, day, e.verdict, e.independent, after ORDER BY e.host, day, e.verdict",
            from, to);
  while (rows.next())
    figures.push_back({rows.text(0), rows.integer(1), rows.text(2), rows.flag(3), rows.flag(4), rows.integer(5)});
  return rows.result(std::move(figures));
}

Result<std::vector<app::OriginRow>> SqliteView::origin_figures(Timestamp from, Timestamp to) {
  std::vector<app::OriginRow> figures;
  Rows rows(connection_,
            "SELECT e.host, f.value, count(*), sum(NOT EXISTS (SELECT 1 FROM event_field s WHERE s.event = e.id AND "
            "s.name = 'via.session')), sum(EXISTS (SELECT 1 FROM event_field u WHERE u.event = e.id AND u.name = "
            "'via.user')) FROM event e JOIN event_field f ON f.event = e.id AND f.name = 'via.host' "
            "WHERE e.time >= ? AND e.time < ? AND e.action = 'ssh_login' AND e.outcome <> 'failure' "
            "GROUP BY e.host, f.value ORDER BY e.host, f.value",
            from, to);
  while (rows.next())
    figures.push_back({rows.text(0), rows.text(1), rows.integer(2), rows.integer(3), rows.integer(4)});
  return rows.result(std::move(figures));
}

Result<app::OpenQuestions> SqliteView::open_questions() {
  app::OpenQuestions open;
  Rows rows(connection_, "SELECT count(*), min(created_at) FROM approval WHERE state = 0 AND kind <> 'finding'");
  if (rows.next()) open = {rows.integer(0), rows.maybe_time(1)};
  return rows.result(open);
}

Result<app::ReportApprovals> SqliteView::approval_figures(Timestamp from, Timestamp to) {
  app::ReportApprovals figures;
  if (auto counted = count_states(connection_, from, to, figures); !counted) return std::unexpected(counted.error());
  if (auto timed = time_decisions(connection_, from, to, figures); !timed) return std::unexpected(timed.error());
  if (auto counted = count_deciders(connection_, from, to, figures); !counted) return std::unexpected(counted.error());
  return figures;
}

Result<std::vector<app::ReportQuarantine>> SqliteView::quarantine_figures(Timestamp from, Timestamp to) {
  std::vector<app::ReportQuarantine> figures;
  Rows rows(connection_,
            "SELECT source, program, count(*) AS n FROM quarantined WHERE time >= ? AND time < ? "
            "GROUP BY source, program ORDER BY n DESC, source, program",
            from, to);
  while (rows.next())
    figures.push_back({rows.text(0), rows.text(1), rows.integer(2)});
  return rows.result(std::move(figures));
}

Result<std::vector<app::ReportDelivery>> SqliteView::delivery_figures(Timestamp from, Timestamp to) {
  std::vector<app::ReportDelivery> figures;
  Rows rows(connection_,
            "SELECT source, n - brought, max(CASE WHEN r = ((n - brought) * 50 + 99) / 100 THEN delay END), "
            "max(CASE WHEN r = ((n - brought) * 95 + 99) / 100 THEN delay END), max(delay), brought, unknown "
            "FROM (SELECT source, CASE WHEN live THEN delay END AS delay, CASE WHEN live THEN row_number() OVER "
            "(PARTITION BY source ORDER BY live DESC, delay) END AS r, count(*) OVER (PARTITION BY source) AS n, "
            "sum(NOT live) OVER (PARTITION BY source) AS brought, sum(unknown) OVER (PARTITION BY source) AS unknown "
            "FROM (SELECT s.source AS source, max(0, s.received_at - s.time) AS delay, ifnull(s.live, 1) AS live, "
            "s.live IS NULL AS unknown FROM event e JOIN sighting s ON s.event = e.id WHERE e.time >= ? AND e.time < ? "
            "AND is_login(e.action) AND s.witness = 'log')) GROUP BY source ORDER BY source",
            from, to);
  while (rows.next())
    figures.push_back({rows.text(0), read_spread(rows, 1), rows.integer(5), rows.integer(6)});
  return rows.result(std::move(figures));
}

Result<std::vector<app::RefusedDeliveries>> SqliteView::refused_figures(Timestamp from, Timestamp to) {
  const auto [first, end] = app::hours_of(from, to);
  const auto hour_of = [](Timestamp at) {
    return std::chrono::floor<std::chrono::hours>(at).time_since_epoch().count();
  };
  std::vector<app::RefusedDeliveries> figures;
  // From the names to their hours, by both tables' keys: years of other counters are not read.
  Rows rows(connection_,
            "SELECT c.name, sum(h.n) AS n FROM counter c CROSS JOIN counter_hour h ON h.name = c.name "
            "WHERE c.name >= ? AND c.name < ? AND h.hour >= ? AND h.hour < ? GROUP BY c.name ORDER BY n DESC, c.name",
            app::refusal_prefix, "refused/", hour_of(first), hour_of(end));
  while (rows.next())
    if (auto refused = app::refused_by(rows.text(0))) {
      refused->n = rows.integer(1);
      figures.push_back(*std::move(refused));
    }
  return rows.result(std::move(figures));
}

}  // namespace countersign::store
