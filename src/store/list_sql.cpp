#include "store/list_sql.hpp"

#include <algorithm>
#include <iterator>

namespace countersign::store {

void ListSql::where(std::string_view condition) {
  conditions_ += conditions_.empty() ? " WHERE " : " AND ";
  conditions_ += condition;
}

void ListSql::bind(std::vector<Value> parameters) {
  std::ranges::move(parameters, std::back_inserter(parameters_));
}

void ListSql::from_to(std::string_view column, std::optional<Timestamp> from, std::optional<Timestamp> to) {
  if (from) where(fmt::format("{} >= ?", column), to_micros(*from));
  if (to) where(fmt::format("{} < ?", column), to_micros(*to));
}

Result<void> ListSql::after(char list, std::string_view time_column, std::string_view cursor) {
  if (cursor.empty()) return {};
  const auto place = parse_cursor(list, cursor);
  if (!place) return std::unexpected(place.error());
  where(fmt::format("({}, e.id) < (?, ?)", time_column), place->time, place->id);
  return {};
}

std::string ListSql::select(std::string_view columns, std::string_view table, std::string_view time_column,
                            std::size_t limit, bool oldest_first) const {
  const auto order = oldest_first ? "ASC" : "DESC";
  return fmt::format("SELECT {} FROM {} e{} ORDER BY {} {}, e.id {} LIMIT {}", columns, table, conditions_, time_column,
                     order, order, limit);
}

}  // namespace countersign::store
