#include "store/ledger.hpp"

namespace countersign::store {

Result<app::QuarantineSum> SqliteLedger::quarantined_since(Id after) {
  app::QuarantineSum sum;
  sum.newest = after;
  {
    Rows rows(connection_, "SELECT count(*), max(id) FROM quarantined WHERE id > ?", after);
    if (!rows.next()) return rows.failure();
    sum.messages = rows.integer(0);
    if (sum.messages > 0) sum.newest = rows.id(1);
  }
  Rows rows(connection_,
            "SELECT program, count(*) AS n FROM quarantined WHERE id > ? GROUP BY program "
            "ORDER BY n DESC, program LIMIT 10",
            after);
  while (rows.next())
    sum.by_program.emplace_back(rows.text(0), rows.integer(1));
  return rows.result(std::move(sum));
}

}  // namespace countersign::store
