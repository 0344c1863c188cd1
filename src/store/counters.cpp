#include "store/counters.hpp"

namespace countersign::store {

Result<void> add_to_counter(Connection& connection, std::string_view name, std::int64_t hour, std::int64_t by) {
  if (auto total = write(connection,
                         "INSERT INTO counter (name, n) VALUES (?, ?) "
                         "ON CONFLICT DO UPDATE SET n = n + excluded.n",
                         name, by);
      !total)
    return total;
  return write(connection,
               "INSERT INTO counter_hour (name, hour, n) VALUES (?, ?, ?) "
               "ON CONFLICT DO UPDATE SET n = n + excluded.n",
               name, hour, by);
}

Result<std::vector<std::pair<std::string, std::int64_t>>> read_counters(Connection& connection) {
  std::vector<std::pair<std::string, std::int64_t>> counters;
  Rows rows(connection, "SELECT name, n FROM counter ORDER BY name");
  while (rows.next())
    counters.emplace_back(rows.text(0), rows.integer(1));
  return rows.result(std::move(counters));
}

}  // namespace countersign::store
