#include <algorithm>

#include "store/list_sql.hpp"
#include "store/quarantine_rows.hpp"
#include "store/view.hpp"

namespace countersign::store {

app::Quarantined read_quarantined(const Rows& rows) {
  app::Quarantined message;
  message.id = rows.id(0);
  message.source = rows.text(1);
  message.host = rows.text(2);
  message.program = rows.text(3);
  message.message = rows.text(4);
  message.why = rows.text(5);
  message.time = rows.time(6);
  message.received_at = rows.time(7);
  message.pid = rows.maybe_integer(8);
  message.provider_id = rows.text(9);
  message.digest = rows.text(10);
  message.witness = rows.text(11);
  message.replay = static_cast<app::Quarantined::Replay>(rows.integer(12));
  message.shape = rows.id(13);
  message.arrival_stamped = rows.flag(14);
  if (rows.flag(15)) message.writer = core::Writer{rows.text(16), rows.text(17), rows.maybe_integer(18)};
  return message;
}

Result<std::vector<app::QuarantineShape>> SqliteView::shapes(std::string_view program, std::size_t limit) {
  std::vector<app::QuarantineShape> shapes;
  Rows rows(connection_,
            "SELECT id, program, shape, why, n, kept, dropped, first_at, last_at, ifnull((SELECT message FROM "
            "quarantined WHERE shape = quarantine_shape.id ORDER BY id DESC LIMIT 1), '') FROM quarantine_shape "
            "WHERE kept > 0 AND (?1 = '' OR program = ?1) ORDER BY kept DESC, id LIMIT ?2",
            program, static_cast<std::int64_t>(std::min(limit, most_rows)));
  while (rows.next())
    shapes.push_back({rows.id(0), rows.text(1), rows.text(2), rows.text(3), rows.integer(4), rows.integer(5),
                      rows.integer(6), rows.time(7), rows.time(8), rows.text(9)});
  return rows.result(std::move(shapes));
}

Result<std::vector<app::Quarantined>> SqliteView::quarantine(const app::QuarantineFilter& filter, std::size_t limit) {
  std::vector<app::Quarantined> messages;
  Rows rows(
      connection_,
      "SELECT " COUNTERSIGN_QUARANTINED_COLUMNS
      " FROM quarantined WHERE (?1 = '' OR program = ?1) AND (?2 IS NULL OR shape = ?2) ORDER BY id DESC LIMIT ?3",
      filter.program, filter.shape, static_cast<std::int64_t>(std::min(limit, most_rows)));
  while (rows.next())
    messages.push_back(read_quarantined(rows));
  return rows.result(std::move(messages));
}

Result<app::Quarantined> SqliteView::quarantined(Id message) {
  Rows rows(connection_, "SELECT " COUNTERSIGN_QUARANTINED_COLUMNS " FROM quarantined WHERE id = ?", message);
  if (rows.next()) return read_quarantined(rows);
  if (rows.failed()) return rows.failure();
  return fail(Fault::not_found, "there is no such message in quarantine");
}

}  // namespace countersign::store
